import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Expected } from '../store/commit-check.ts';
import { batchError, batchSuccess, batchErrors, type BatchFailure } from '../wire/batch-answers.ts';
import { failures } from '../wire/failures.ts';
import type { Streams } from '../wire/protocol.ts';
import { proposedEvent, sizeOf, streamName, uuidText, type ProposedEvent } from '../wire/records.ts';
import { expectedIn } from '../wire/requests.ts';
import type { Served } from './served.ts';
import { writeUnderFaults, type WriteOutcome } from './writing.ts';

type Call = ServerDuplexStream<Streams.BatchAppendReq, Streams.BatchAppendResp>;

/** An append whose messages arrive. */
type Proposal = { readonly id: string; readonly stream: string; readonly expected: Expected; readonly events: ProposedEvent[]; readonly timer: NodeJS.Timeout };

type Appended = { readonly revision: number; readonly position: number | undefined };

// The server's own limit for a write, which a client's deadline can only shorten.
const writeTimeoutMs = 2_000;

/** One long-lived stream per client; appends are told apart by their correlation ids, and answered in any order. */
export function batchAppend(served: Served): (call: Call) => void {
  return (call) => {
    const access = served.access(call.metadata);
    if (access === 'refused') {
      call.emit('error', failures.unauthenticated());
      return;
    }
    const { receive, finish } = batchOf(served, call, access === 'anonymous');
    served.counters.batchStreams += 1;
    call.once('close', () => (served.counters.batchStreams -= 1));
    call.on('error', () => {});
    call.on('data', receive);
    call.on('end', finish);
  };
}

function batchOf(served: Served, call: Call, isAnonymous: boolean) {
  const open = new Map<string, Proposal>();
  let unanswered = 0;
  let finishing = false;

  /** Once only: a result that comes after the deadline has been answered goes nowhere. */
  function answer(proposal: Proposal, result: BatchFailure | Appended): void {
    if (forget(proposal)) call.write('revision' in result ? batchSuccess(proposal, result) : batchError(proposal, result));
  }

  function forget(proposal: Proposal): boolean {
    clearTimeout(proposal.timer);
    return open.delete(proposal.id);
  }

  function begin(id: string, options: Streams.BatchAppendReq.Options): Proposal {
    const stream = streamName(options.getStreamIdentifier());
    const timeoutMs = Math.min(deadlineOf(options) - Date.now(), writeTimeoutMs);
    const timer = setTimeout(() => answer(proposal, batchErrors.timeout()), Math.max(timeoutMs, 0));
    const expected = expectedIn(options);
    const proposal: Proposal = { id, stream, expected: expected ?? 'any', events: [], timer };
    open.set(id, proposal);
    if (expected === undefined) answer(proposal, batchErrors.badRequest('an expected revision is required'));
    else if (isAnonymous) answer(proposal, batchErrors.accessDenied());
    else if (timeoutMs <= 0) answer(proposal, batchErrors.timeout());
    return proposal;
  }

  function receive(request: Streams.BatchAppendReq): void {
    const id = uuidText(request.getCorrelationId());
    const options = request.getOptions();
    if (options !== undefined) begin(id, options);
    const proposal = open.get(id);
    if (proposal === undefined) return;
    proposal.events.push(...request.getProposedMessagesList().map(proposedEvent));
    const bytes = proposal.events.reduce((sum, event) => sum + sizeOf(event), 0);
    if (bytes > served.maxAppendBytes) answer(proposal, batchErrors.maximumAppendSizeExceeded(served.maxAppendBytes));
    else if (request.getIsFinal()) void write(proposal);
  }

  async function write(proposal: Proposal): Promise<void> {
    if (served.faults.take('endBatchStream') !== undefined) {
      forget(proposal);
      call.end();
      return;
    }
    unanswered += 1;
    settle(proposal, await writeUnderFaults(served, { kind: 'append', ...proposal }, call.getPeer()));
    unanswered -= 1;
    if (finishing && unanswered === 0) call.end();
  }

  function settle(proposal: Proposal, result: WriteOutcome): void {
    switch (result.outcome) {
      case 'written':
        return answer(proposal, result);
      case 'conflict':
        return answer(proposal, batchErrors.wrongExpectedVersion(proposal.expected, result.revision));
      case 'deleted':
        return answer(proposal, batchErrors.streamDeleted(proposal.stream));
      case 'busy':
        return answer(proposal, batchErrors.notHandled('Server Is Busy'));
      case 'not_ready':
        return answer(proposal, batchErrors.notHandled('Server Is Not Ready'));
      case 'not_leader':
        forget(proposal);
        call.emit('error', failures.notLeader(result.leader));
        return;
      case 'silence':
      case 'cut':
        forget(proposal);
    }
  }

  return {
    receive,
    finish() {
      finishing = true;
      if (unanswered === 0) call.end();
    },
  };
}

function deadlineOf(options: Streams.BatchAppendReq.Options): number {
  return options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
}

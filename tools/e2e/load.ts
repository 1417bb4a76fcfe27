import { batched, newEvent, newSecret, type Api } from './harness.ts';
import { startReceiver, type Received, type Receiver } from '../src/receiver.ts';

/** Events that are emitted one batch after the other until told to stop, and everything that receivers got of them. */
export type Load = {
  /** Events that were accepted. */
  readonly accepted: () => number;
  /** Requests that receivers answered. */
  readonly arrived: () => number;
  /** Deliveries that arrived at least once. */
  readonly delivered: () => number;
  /** Requests beyond the first of a delivery. */
  readonly repeats: () => number;
  /** Ends the emitting; resolves when the batch in hand was accepted. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
  /** What is wrong with what arrived, as sentences: bodies that differ under one id, sequences out of the events' order. */
  readonly flaws: () => readonly string[];
  readonly webhooks: number;
  readonly stop: () => Promise<void>;
};

export type LoadOptions = { readonly webhooks?: number; readonly batch?: number; readonly everyMs?: number };

/** A batch that is refused, or not answered, is sent again as it was: the same ids, so nothing is accepted twice. */
export async function startLoad(api: Api, project: string, { webhooks = 6, batch = 10, everyMs = 100 }: LoadOptions = {}): Promise<Load> {
  const receivers: Receiver[] = [];
  for (let at = 0; at < webhooks; at += 1) {
    const receiver = await startReceiver(() => ({ status: 204, afterMs: 5 * at }));
    receivers.push(receiver);
    const created = await api.post(`${project}/webhooks`, { name: `load ${at}`, url: `${receiver.url}/${at}`, eventTypes: ['load'], secret: newSecret(), retryScheduleMs: [200, 500, 1_000, 2_000, 4_000] });
    if (created.status !== 201) throw new Error(`creating a webhook: ${created.status} ${JSON.stringify(created.body)}`);
  }
  const received = (): readonly Received[] => receivers.flatMap((receiver) => receiver.received);
  const unique = (): number => new Set(received().map(keyOf)).size;
  let accepted = 0;
  let isPaused = false;
  let emitting = emit();

  async function emit(): Promise<void> {
    while (!isPaused) {
      const events = Array.from({ length: batch }, () => newEvent({ type: 'load' }));
      await untilAccepted(api, project, events);
      accepted += events.length;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  return {
    webhooks,
    accepted: () => accepted,
    arrived: () => received().length,
    delivered: unique,
    repeats: () => received().length - unique(),
    async pause() {
      isPaused = true;
      await emitting;
    },
    resume() {
      isPaused = false;
      emitting = emit();
    },
    flaws: () => receivers.flatMap((receiver, at) => flawsOf(receiver.received).map((flaw) => `webhook ${at}: ${flaw}`)),
    async stop() {
      isPaused = true;
      await emitting;
      await Promise.all(receivers.map((receiver) => receiver.stop()));
    },
  };
}

async function untilAccepted(api: Api, project: string, events: readonly unknown[]): Promise<void> {
  for (;;) {
    const answer = await api.post(`${project}/events`, events, batched).catch(() => null);
    if (answer?.status === 202) return;
    if (answer !== null && answer.status < 500 && answer.status !== 429) throw new Error(`emitting: ${answer.status} ${JSON.stringify(answer.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const keyOf = ({ path, headers }: Received): string => `${path} ${headers['webhook-id']}`;

function flawsOf(requests: readonly Received[]): readonly string[] {
  const bodies = new Map<string, string>();
  const sequences = new Map<number, number>();
  const flaws: string[] = [];
  for (const request of requests) {
    const body = request.body.toString();
    const before = bodies.get(keyOf(request));
    if (before !== undefined && before !== body) flaws.push(`${keyOf(request)} came with two bodies`);
    bodies.set(keyOf(request), body);
    sequences.set((JSON.parse(body) as { data: { number: number } }).data.number, Number(request.headers['webhook-sequence']));
  }
  let last = -1;
  for (const [number, sequence] of [...sequences].sort(([one], [other]) => one - other)) {
    if (sequence <= last) flaws.push(`event ${number} has sequence ${sequence}, not more than ${last} of the one before`);
    last = sequence;
  }
  return flaws;
}

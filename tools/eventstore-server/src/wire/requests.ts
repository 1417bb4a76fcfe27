import type { Expected } from '../store/commit-check.ts';
import { matcherOf, type EntryFilter } from '../store/filter.ts';
import type { Direction, From } from '../store/reads.ts';
import { CallFailed, failures } from './failures.ts';
import { streamName } from './records.ts';
import { ReadReq, type Streams } from './protocol.ts';

export type Filtered = { readonly matches: EntryFilter; /** Events to consider between two checkpoints. */ readonly interval: number; /** Events considered at once. */ readonly window: number };

/** A call of Read, parsed. `after` undefined: from the start. */
export type ReadRequest =
  | { readonly kind: 'read_stream'; readonly stream: string; readonly from: From; readonly direction: Direction; readonly limit: number }
  | { readonly kind: 'read_all'; readonly from: From; readonly direction: Direction; readonly limit: number; readonly filter: Filtered | undefined }
  | { readonly kind: 'subscribe_stream'; readonly stream: string; readonly after: From }
  | { readonly kind: 'subscribe_all'; readonly after: From; readonly filter: Filtered | undefined };

// The server reads so many events at a time, and a checkpoint interval counts in these.
const defaultWindow = 32;

export function readRequest(request: Streams.ReadReq): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw new CallFailed(failures.invalidArgument('options are required'));
  if (!options.hasUuidOption()) throw new CallFailed(failures.invalidArgument("'uuidOption' is a required argument"));
  const [stream, all] = [options.getStream(), options.getAll()];
  if (stream !== undefined) return streamRequest(options, stream);
  if (all !== undefined) return allRequest(options, all);
  throw new CallFailed(failures.invalidArgument('a stream option is required'));
}

type Options = Streams.ReadReq.Options;

function streamRequest(options: Options, stream: Streams.ReadReq.Options.StreamOptions): ReadRequest {
  const name = streamName(stream.getStreamIdentifier());
  const from = origin(stream, stream.hasRevision() ? stream.getRevision() : undefined);
  if (options.hasSubscription()) return { kind: 'subscribe_stream', stream: name, after: from };
  return { kind: 'read_stream', stream: name, from, direction: directionOf(options), limit: Number(options.getCount()) };
}

function allRequest(options: Options, all: Streams.ReadReq.Options.AllOptions): ReadRequest {
  const from = origin(all, all.getPosition()?.getCommitPosition());
  const filter = filtered(options.getFilter());
  if (options.hasSubscription()) return { kind: 'subscribe_all', after: from, filter };
  return { kind: 'read_all', from, direction: directionOf(options), limit: Number(options.getCount()), filter };
}

function directionOf(options: Options): Direction {
  return options.getReadDirection() === ReadReq.Options.ReadDirection.FORWARDS ? 'forwards' : 'backwards';
}

function origin(options: { hasEnd(): boolean }, given: string | undefined): From {
  if (given !== undefined) return Number(given);
  return options.hasEnd() ? 'end' : 'start';
}

function filtered(options: Streams.ReadReq.Options.FilterOptions | undefined): Filtered | undefined {
  if (options === undefined) return undefined;
  const by = options.hasEventType() ? 'type' : 'stream';
  const expression = options.getEventType() ?? options.getStreamIdentifier();
  if (expression === undefined) throw new CallFailed(failures.invalidArgument('a filter needs an expression'));
  const window = options.hasMax() ? options.getMax() : defaultWindow;
  const multiplier = options.getCheckpointintervalmultiplier();
  return { matches: matcherOf(by, { regex: expression.getRegex(), prefixes: expression.getPrefixList() }), interval: multiplier * window, window };
}

type RevisionOptions = {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
} & ({ hasRevision(): boolean; getRevision(): string } | { hasStreamPosition(): boolean; getStreamPosition(): string });

/** Undefined when the request names none. */
export function expectedIn(options: RevisionOptions): Expected | undefined {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  if ('hasRevision' in options) return options.hasRevision() ? Number(options.getRevision()) : undefined;
  return options.hasStreamPosition() ? Number(options.getStreamPosition()) : undefined;
}

export function expectedOf(options: RevisionOptions): Expected {
  const expected = expectedIn(options);
  if (expected === undefined) throw new CallFailed(failures.invalidArgument('an expected revision is required'));
  return expected;
}

import { isFault, ledgerStream, uuidFrom, type AttemptRecord, type LedgerEntry, type LedgerFact, type LedgerMeta } from '@hookyard/event-schemas';
import type { EventStore } from '@hookyard/ports';
import { endOf, failureOf } from './delivery-projection.ts';

/** A record of topic `attempts` and where it stood there. */
export type PlacedRecord = { readonly offset: number; readonly record: AttemptRecord };

export type Ledger = {
  /** Durable when it resolves; records of one partition in offset order. What the streams account for already is not written twice. */
  write(partition: number, records: readonly PlacedRecord[]): Promise<void>;
};

/** Where a project's stream stands: its last revision (null: never written), and what it covers. */
type Head = { readonly revision: number | null; readonly covered: LedgerMeta['covered'] };

const maxAttempts = 5;

/**
 * Appends what ended, one fact for each project and batch. Each fact says how far it covers each partition, and is appended at
 * the exact revision of the one before: so a batch that comes again, also cut differently, or from another process, adds nothing twice.
 * At most `maxProjects` heads are remembered; the others are read from the end of their stream.
 */
export function ledger(store: EventStore, maxProjects: number): Ledger {
  const heads = new Map<string, Head>();
  const inHand = new Map<string, Promise<void>>();

  async function append(project: string, partition: number, placed: readonly PlacedEntry[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await appendOnce(project, partition, placed);
      } catch (error) {
        heads.delete(project);
        if (attempt >= maxAttempts || !isFault(error, 'version_conflict')) throw error;
      }
    }
  }

  async function appendOnce(project: string, partition: number, placed: readonly PlacedEntry[]): Promise<void> {
    const stream = ledgerStream(project);
    const head = heads.get(project) ?? (await readHead(store, stream));
    const fresh = placed.filter(({ offset }) => offset > (head.covered[partition] ?? -1));
    const last = fresh.at(-1);
    if (last === undefined) return remember(project, head);
    const covered = { ...head.covered, [partition]: last.offset };
    const fact: LedgerFact = { type: 'DeliveriesEnded', data: { project, entries: fresh.map(({ entry }) => entry) }, metadata: { covered } };
    const id = uuidFrom(stream, String(partition), String(fresh[0]?.offset), String(last.offset));
    const { revision } = await store.append(stream, [{ ...fact, id }], head.revision ?? 'no_stream');
    remember(project, { revision, covered });
  }

  function remember(project: string, head: Head): void {
    heads.delete(project);
    heads.set(project, head);
    const [oldest] = heads.keys();
    if (heads.size > maxProjects && oldest !== undefined) heads.delete(oldest);
  }

  /** Partitions are handled side by side; within a project one append follows the other. */
  function inTurn(project: string, task: () => Promise<void>): Promise<void> {
    const turn = (inHand.get(project) ?? Promise.resolve()).then(task, task);
    inHand.set(project, turn);
    const done = (): void => void (inHand.get(project) === turn && inHand.delete(project));
    turn.then(done, done);
    return turn;
  }

  return {
    async write(partition, records) {
      const written = [...byProject(records)].map(([project, placed]) => inTurn(project, () => append(project, partition, placed)));
      await Promise.all(written);
    },
  };
}

type PlacedEntry = { readonly offset: number; readonly entry: LedgerEntry };

async function readHead(store: EventStore, stream: string): Promise<Head> {
  const [last] = await store.read(stream, { direction: 'backwards', limit: 1 });
  if (last === undefined) return { revision: null, covered: {} };
  return { revision: last.revision, covered: (last.metadata as LedgerMeta).covered };
}

function byProject(records: readonly PlacedRecord[]): ReadonlyMap<string, readonly PlacedEntry[]> {
  const projects = new Map<string, PlacedEntry[]>();
  for (const { offset, record } of records) {
    const entry = entryOf(record);
    if (entry === null) continue;
    const own = projects.get(record.project);
    if (own === undefined) projects.set(record.project, [{ offset, entry }]);
    else own.push({ offset, entry });
  }
  return projects;
}

/** Null for an attempt after which the delivery goes on. */
export function entryOf(record: AttemptRecord): LedgerEntry | null {
  const { deliveryId, webhookId, webhookRevision, eventId, eventType, sequence, attempt, createdAt } = record;
  const facts = { deliveryId, webhookId, webhookRevision, eventId, eventType, sequence, attempts: attempt, createdAt };
  if (record.record === 'cancelled') return { ...facts, status: 'cancelled', cancelReason: record.reason, endedAt: record.at };
  const { status, request, outcome } = record;
  if (status === 'retrying') return null;
  // Set, not spread: a literal that goes on after a spread costs ten times as much.
  const entry: { -readonly [Field in keyof LedgerEntry]: LedgerEntry[Field] } = Object.assign(facts, { status, endedAt: endOf(record) });
  if (request !== undefined) entry.bodySha256 = request.bodySha256;
  if (outcome.kind === 'responded') entry.statusCode = outcome.status;
  if (status !== 'succeeded') entry.failure = failureOf(outcome);
  return entry;
}

import type { DeliveryPolicy } from '@hookyard/delivery';
import type { AnyDialect } from '@hookyard/dialect';
import { isFault, topics, type WebhookRecord } from '@hookyard/event-schemas';
import type { Clock, MessageBus } from '@hookyard/ports';
import { followTable, type Log, type TableFollower } from '@hookyard/runtime';

/** A webhook as sending needs it: its definition read by its dialect, or why that could not be. */
export type Target = { readonly record: WebhookRecord } & (
  | { readonly isUsable: true; readonly dialect: AnyDialect; readonly definition: unknown; readonly policy: DeliveryPolicy }
  | { readonly isUsable: false; readonly problem: string }
);

export type Wanted = { readonly webhookId: string; readonly revision: number };

/** All webhooks, in memory, as topic `webhooks` has them. */
export type WebhookTable = {
  /** Undefined: there is none, or not any more. */
  get(webhookId: string): Target | undefined;
  /**
   * Resolves when the table shows at least these revisions, or has made sure that there is nothing newer: then a webhook
   * it does not know is no more. Rejects when it cannot be brought up to date in time.
   */
  whenSeen(wanted: readonly Wanted[]): Promise<void>;
  stop(): Promise<void>;
};

export type WebhookTableOptions = {
  readonly bus: MessageBus;
  readonly dialects: readonly AnyDialect[];
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: (webhookId: string) => void;
};

const longestWaitMs = 5_000;

// Ids of webhooks that are no more, kept so that a backlog of deliveries for them does not ask for each.
const goneKept = 100_000;

/** Resolves when the table shows everything published before. */
export async function webhookTable({ bus, dialects, clock, log, onChange }: WebhookTableOptions): Promise<WebhookTable> {
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  const records = new Map<string, WebhookRecord>();
  // Read when first needed: most webhooks are not in use at any one time.
  const targets = new Map<string, Target>();
  const gone = new Set<string>();

  function take(webhookId: string, record: WebhookRecord | null): void {
    if (record !== null && (records.get(webhookId)?.revision ?? -1) >= record.revision) return;
    targets.delete(webhookId);
    if (record === null) {
      records.delete(webhookId);
      rememberGone(webhookId);
    } else {
      records.set(webhookId, record);
      gone.delete(webhookId);
    }
    onChange(webhookId);
  }

  function rememberGone(webhookId: string): void {
    gone.add(webhookId);
    if (gone.size <= goneKept) return;
    const [oldest] = gone;
    if (oldest !== undefined) gone.delete(oldest);
  }

  function read(record: WebhookRecord): Target {
    const dialect = byName.get(record.dialect);
    if (dialect === undefined) return { record, isUsable: false, problem: `this build knows no dialect "${record.dialect}"` };
    try {
      const definition: unknown = dialect.parse(record.definition);
      return { record, isUsable: true, dialect, definition, policy: dialect.policy(definition) };
    } catch (error) {
      log.error({ err: error, webhookId: record.id }, 'the definition of a webhook cannot be read');
      const problems = isFault(error) ? error.details.problems?.map(({ field, reason }) => `${field}: ${reason}`).join('; ') : undefined;
      return { record, isUsable: false, problem: problems ?? 'the definition cannot be read' };
    }
  }

  const follower: TableFollower = await followTable<WebhookRecord>(bus, topics.webhooks, take, { clock, log });
  await follower.caughtUp();

  const hasSeen = ({ webhookId, revision }: Wanted): boolean => gone.has(webhookId) || (records.get(webhookId)?.revision ?? -1) >= revision;

  async function reachEnd(): Promise<void> {
    const ends = await bus.offsets(topics.webhooks);
    await Promise.all(ends.filter(({ low, high }) => high > low).map(({ partition, high }) => follower.whenReached(partition, high - 1)));
  }

  return {
    get(webhookId) {
      const known = targets.get(webhookId);
      const record = records.get(webhookId);
      if (known !== undefined || record === undefined) return known;
      const target = read(record);
      targets.set(webhookId, target);
      return target;
    },
    async whenSeen(wanted) {
      const missing = wanted.filter((one) => !hasSeen(one));
      if (missing.length === 0) return;
      await inTime(reachEnd(), clock);
      for (const { webhookId } of missing) if (!records.has(webhookId)) rememberGone(webhookId);
    },
    stop: () => follower.stop(),
  };
}

function inTime(task: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(longestWaitMs, () => reject(new Error(`the webhooks could not be brought up to date within ${longestWaitMs} ms`)));
    task.then(resolve, reject).finally(cancel);
  });
}

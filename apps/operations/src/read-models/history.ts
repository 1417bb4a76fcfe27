import { deliveryProjections, recordAttempts, recordDeliveries, type History, type RecordBatch } from '@hookyard/delivery-log';
import { attemptsCollection, deliveriesCollection, partitionOf, topics, type AttemptDocument, type DeliveryDocument } from '@hookyard/event-schemas';
import type { Collection, Document, MessageBus, Stored } from '@hookyard/ports';
import type { Family, Into, Projecting } from './family.ts';
import { keptSince, topicReader, type Kept } from './topic-reader.ts';

const service = 'delivery-log';
const sources = [topics.deliveries, topics.attempts] as const;

/** Deliveries and attempts, kept `retentionMs` after the last thing that happened to them. */
export function historyFamily(bus: MessageBus, retentionMs: number): Family {
  const projections = deliveryProjections(retentionMs);

  return {
    collections: [deliveriesCollection, attemptsCollection],
    source: 'topics deliveries and attempts',
    async begin(from): Promise<Projecting> {
      const readers = await Promise.all(
        sources.map(async (topic) => topicReader(bus, topic, from === 'service' ? await bus.committed(service, topic) : new Map())),
      );
      const [deliveries = [], attempts = []] = await Promise.all(sources.map((topic) => keptSince(bus, topic)));
      return {
        async toEnd(into) {
          const history = historyIn(into);
          const handlers: readonly RecordBatch[] = [recordDeliveries(history, projections), recordAttempts(history, projections, noLedger)];
          let count = 0;
          for (const [at, topic] of sources.entries()) {
            const handle = handlers[at] as RecordBatch;
            count += (await readers[at]?.toEnd(async (partition, messages) => void (await handle({ topic, partition, messages })))) ?? 0;
          }
          return count;
        },
        settle: () => Promise.resolve(),
        isKept: (name, { document }) => isCertainlyBehind({ deliveries, attempts }, name, document),
      };
    },
    async isServiceBehind() {
      const lags = await Promise.all(sources.map((topic) => bus.lag(service, topic)));
      return lags.flat().some(({ messages }) => messages > 0);
    },
  };
}

/** What the ledger has to say stands in its streams already. */
const noLedger = { write: () => Promise.resolve() };

const nowhere: Pick<Collection<Document>, 'upsert'> = { upsert: (writes) => Promise.resolve(writes.map(() => 'stale')) };

function historyIn(into: Into): History {
  return {
    deliveries: (into.get(deliveriesCollection.name) ?? nowhere) as unknown as History['deliveries'],
    attempts: (into.get(attemptsCollection.name) ?? nowhere) as unknown as History['attempts'],
  };
}

// Services and brokers have clocks of their own.
const clockDifferenceMs = 600_000;

/** Documents do not say where their message stood, but when it must have been written. */
function isCertainlyBehind(kept: { readonly deliveries: readonly Kept[]; readonly attempts: readonly Kept[] }, name: string, document: Stored<Document>['document']): boolean {
  const { source, at, webhookId } = name === deliveriesCollection.name ? fromDelivery(document as DeliveryDocument) : fromAttempt(document as AttemptDocument);
  const since = kept[source][partitionOf(webhookId, kept[source].length)]?.publishedAt ?? Infinity;
  return at > since + clockDifferenceMs;
}

type LedBy = { readonly source: 'deliveries' | 'attempts'; readonly at: number; readonly webhookId: string };

function fromDelivery({ status, webhookId, createdAt, endedAt, lastAttemptAt = createdAt, durationMs = 0 }: DeliveryDocument): LedBy {
  if (status === 'pending') return { source: 'deliveries', at: createdAt, webhookId };
  return { source: 'attempts', at: endedAt ?? lastAttemptAt + durationMs, webhookId };
}

function fromAttempt({ webhookId, startedAt, durationMs }: AttemptDocument): LedBy {
  return { source: 'attempts', at: startedAt + durationMs, webhookId };
}

import { isFiller, topics } from '@hookyard/event-schemas';
import type { Batch, Clock, Consumption, ConsumeOptions, MessageBus, Outputs, TopicPartition } from '@hookyard/ports';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Health } from '../ops/health.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { type FailingStreaks, failingStreaks } from './failing-streak.ts';
import { type CommandHandler, handleCommands } from './handle-commands.ts';
import { type LagWatch, watchLag } from './lag-watch.ts';

export type BusTransportOptions = {
  readonly bus: MessageBus;
  /** The consumer group: the service's name. */
  readonly group: string;
  readonly log: Log;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/** What handlers of `assigned(topic)` and `revoked(topic)` get. */
export type Assignment = { readonly partitions: readonly TopicPartition[]; readonly consumption: Consumption };

type Hook = NonNullable<ConsumeOptions['onRevoked']>;

/** Second argument of `@EventPattern<string>(topic, options)`. */
export type BusHandlerOptions = Pick<ConsumeOptions, 'commit' | 'maxBatch' | 'maxBatchBytes'>;

/** Pattern of the handler that is called before the first batch of newly owned partitions; they wait for it. */
export const assigned = (topic: string): string => `${topic}:assigned`;
/** Pattern of the handler that is called when partitions are taken away or the service stops; a commit still succeeds until it resolves. */
export const revoked = (topic: string): string => `${topic}:revoked`;

/**
 * The one Nest transport: a `MessageBus` under controllers.
 *
 * - `@EventPattern<string>(topic)`: called once per batch of a partition. The `Outputs` it resolves with become durable together
 *   with the group's position. Fillers are passed over. A rejection: the same batch again after a back-off, for ever; once in the log, and in health.
 * - `@EventPattern<string>(topic, { commit: 'manual' })`: commits by `batch.consumption` instead; `assigned(topic)` and
 *   `revoked(topic)` are patterns for handlers of an `Assignment`.
 * - `@MessagePattern<string>(kind)`: called once per command of that kind, sequentially per key; replies are committed with the batch.
 *
 * Starts consuming on `listen`; `close` takes no new batch and waits for those in hand.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly consumptions: Consumption[] = [];
  private readonly streaks: FailingStreaks;
  /** For each partition the offset at which the batch begins whose commit failed last. */
  private readonly uncommitted = new Map<string, number>();
  private hasCommands = false;
  private lag: LagWatch | undefined;
  private unregister = (): void => undefined;

  constructor(private readonly options: BusTransportOptions) {
    super();
    this.streaks = failingStreaks(options);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.start();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async close(): Promise<void> {
    this.lag?.stop();
    this.unregister();
    // Commands came last, and go first: those in hand may wait for what the service does with other topics.
    const commands = this.hasCommands ? this.consumptions.pop() : undefined;
    await commands?.stop();
    await Promise.all(this.consumptions.splice(0).map((consumption) => consumption.stop()));
  }

  /** Nest's event listeners: this transport has none. */
  on(): void {}

  unwrap<T>(): T {
    return this.options.bus as T;
  }

  private async start(): Promise<void> {
    const { group, health } = this.options;
    const consumed = this.plan();
    this.hasCommands = consumed.at(-1)?.topics[0] === topics.commands;
    this.unregister = health.register(group, () => this.state());
    for (const options of consumed) this.consumptions.push(await this.options.bus.consume(options));
    this.lag = watchLag({ ...this.options, topics: consumed.flatMap((options) => options.topics) });
  }

  private state() {
    const failing = this.streaks.state();
    return failing.ok ? (this.lag?.state() ?? { ok: false, detail: 'has not begun to consume' }) : failing;
  }

  private plan(): ConsumeOptions[] {
    const handlers = [...this.messageHandlers];
    const commands = new Map(handlers.filter(([, handler]) => handler.isEventHandler !== true).map(([kind, handler]) => [kind, called<unknown>(handler)]));
    const consumed = handlers
      .filter(([pattern, handler]) => handler.isEventHandler === true && !pattern.endsWith(':assigned') && !pattern.endsWith(':revoked'))
      .map(([topic, handler]) => this.consumptionOf(topic, handler));
    return commands.size === 0 ? consumed : [...consumed, this.commandConsumption(commands)];
  }

  private consumptionOf(topic: string, handler: MessageHandler): ConsumeOptions {
    const handle = called<Outputs | void>(handler);
    return {
      ...(handler.extras as BusHandlerOptions),
      group: this.options.group,
      topics: [topic],
      handle: (arrived) => {
        const batch = withoutFillers(arrived);
        return batch.messages.length === 0 ? Promise.resolve() : this.watched(batch, () => handle(batch));
      },
      onCommitFailed: (error, batch) => this.commitFailed(error, batch),
      ...this.onAssigned(assigned(topic)),
      onRevoked: this.onRevoked(revoked(topic)),
    };
  }

  private commandConsumption(handlers: ReadonlyMap<string, CommandHandler>): ConsumeOptions {
    const { group } = this.options;
    return {
      group,
      topics: [topics.commands],
      handle: (batch) => this.watched(batch, () => handleCommands(group, handlers, batch)),
      onCommitFailed: (error, batch) => this.commitFailed(error, batch),
      onRevoked: this.onRevoked(revoked(topics.commands)),
    };
  }

  private onAssigned(pattern: string): Pick<ConsumeOptions, 'onAssigned'> {
    const handler = this.messageHandlers.get(pattern);
    if (handler === undefined) return {};
    const call = called<void>(handler);
    return { onAssigned: (partitions, consumption) => this.streaks.watch(pattern, () => call({ partitions, consumption } satisfies Assignment)) };
  }

  private onRevoked(pattern: string): Hook {
    const handler = this.messageHandlers.get(pattern);
    const call = handler === undefined ? undefined : called<void>(handler);
    return async (partitions, consumption) => {
      for (const at of partitions) this.streaks.forget(nameOf(at));
      try {
        await call?.({ partitions, consumption } satisfies Assignment);
      } catch (error) {
        this.options.log.error({ err: error, partitions: partitions.map(nameOf) }, 'partitions were taken away, and what was to be done before failed');
        throw error;
      }
    };
  }

  private commitFailed(error: unknown, batch: Batch): void {
    const name = nameOf(batch);
    const first = batch.messages[0]?.offset ?? -1;
    if (this.uncommitted.get(name) === first) return;
    this.uncommitted.set(name, first);
    this.options.log.error({ err: error, consuming: name, offset: first }, 'what handling led to could not be committed; the batch is handled again until it can');
  }

  private async watched<T>(batch: Batch, task: () => Promise<T>): Promise<T> {
    const { group, metrics } = this.options;
    const labels = { group, topic: batch.topic };
    const end = metrics.histogram(handlingSeconds).startTimer(labels);
    const result = await this.streaks.watch(nameOf(batch), task);
    end();
    metrics.counter(consumedMessages).inc(labels, batch.messages.length);
    return result;
  }
}

const consumedMessages = { name: 'hookyard_consumed_messages_total', help: 'Messages handled, without the times that failed.', labels: ['group', 'topic'] } as const;
const handlingSeconds = { name: 'hookyard_handling_seconds', help: 'Time to handle one batch.', labels: ['group', 'topic'] } as const;

function withoutFillers(batch: Batch): Batch {
  return batch.messages.some(isFiller) ? { ...batch, messages: batch.messages.filter((message) => !isFiller(message)) } : batch;
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Nest answers a value, or a stream when a filter or interceptor stepped in. */
function called<Result>(handler: MessageHandler): (payload: unknown) => Promise<Result> {
  return async (payload) => {
    const result: unknown = await handler(payload);
    return (isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result) as Result;
  };
}

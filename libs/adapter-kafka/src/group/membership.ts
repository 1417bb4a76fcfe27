import { backoffMs } from '@hookyard/consumer-groups';
import { isFault } from '@hookyard/event-schemas';
import type { TopicPartition } from '@hookyard/ports';
import { codes, KafkaError, NoAnswer, requireOk } from '../connection/errors.ts';
import type { Answer } from '../connection/protocol.ts';
import type { Wire } from '../connection/wire.ts';
import { assign } from './assignor.ts';
import { coordinator, impatientCoordinator, oneCode } from './coordinator.ts';
import { newLease } from './lease.ts';
import { decodeAssignment, decodeClaim, encodeAssignment, encodeClaim, protocolName, type Assignment } from './member-protocol.ts';
import { signal } from './signal.ts';

/** Who a commit is from; the servers refuse it when the group has gone on without this member. */
export type Identity = { readonly memberId: string; readonly generationId: number };

/**
 * Belonging to a Kafka group: joins, tells that it lives, joins again whenever the group changes, until it leaves. What it holds stays its own
 * meanwhile: partitions are given up one by one, when an assignment comes without them (KIP-429).
 */
export interface Membership {
  /** As of the last assignment; undefined while it does not belong to the group. */
  identity(): Identity | undefined;
  /** False from the moment the group may have given its partitions to others. Costs nothing. */
  isValid(): boolean;
  /** Resolves when the identity is another than this one, or after `withinMs`. Asks the coordinator, if it may be that the group went on. */
  whenOther(than: Identity, withinMs: number): Promise<void>;
  /** Resolves when the coordinator has just confirmed that it belongs to the group. Rejects when it did not. */
  confirm(): Promise<void>;
  /** The coordinator refused this identity: all is lost. */
  refused(identity: Identity): void;
  /** To be called when it holds less than it claimed: others wait for that. */
  rejoin(): void;
  /** Lets others take over at once. */
  leave(): Promise<void>;
  /** Ends without a word: the group notices when the session is over. */
  abandon(): void;
}

export type MembershipOptions = {
  readonly wire: Wire;
  /** By its name on the servers. */
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatMs: number;
  /** What it holds now. */
  readonly held: () => readonly TopicPartition[];
  /** Topics in which the group keeps positions, consumed or not. */
  readonly keptTopics: () => readonly string[];
  readonly onAssigned: (assignment: Assignment) => void;
  /** All it held may belong to others now. */
  readonly onLost: () => void;
  /** Joining or leading the group failed and is tried again. */
  readonly onFailure: (error: unknown) => void;
};

const leaveWithinMs = 2_000;
// A session is worth hurrying for once its coordinator is back.
const longestRestMs = 1_000;

export function membership(options: MembershipOptions): Membership {
  const { wire, group, sessionTimeoutMs, rebalanceTimeoutMs, heartbeatMs } = options;
  // A join waits for all other members, and a broker answers a connection in order: heartbeats and commits must not wait behind it.
  const joins = wire.open();
  const joining = coordinator(wire, () => joins, group, 'group');
  const beating = impatientCoordinator(wire, group, sessionTimeoutMs / 4);
  const lease = newLease(sessionTimeoutMs, rebalanceTimeoutMs);
  const [toJoin, toBeat, moved] = [signal(), signal(), signal()];
  let memberId = '';
  let identity: Identity | undefined;
  let generation = -1;
  let wantsJoin = true;
  let isJoining = false;
  let isLeaving = false;
  let watch: NodeJS.Timeout | undefined;

  async function keepJoining(): Promise<void> {
    for (let failures = 0; !isLeaving; ) {
      if (!wantsJoin) {
        await toJoin.raised();
        continue;
      }
      wantsJoin = false;
      isJoining = true;
      try {
        await join();
        failures = 0;
      } catch (error) {
        if (isLeaving || wire.isClosed()) return;
        wantsJoin = true;
        failures += 1;
        wire.health.count('joinFailures');
        options.onFailure(error);
        await toJoin.raised(Math.min(backoffMs(failures), longestRestMs));
      } finally {
        isJoining = false;
      }
    }
  }

  async function join(): Promise<void> {
    const metadata = encodeClaim({ topics: options.topics, owned: options.held(), generation }, options.keptTopics());
    const groupProtocols = [{ name: protocolName, metadata }];
    const asks = { groupId: group, sessionTimeout: sessionTimeoutMs, rebalanceTimeout: rebalanceTimeoutMs, protocolType: 'consumer', groupProtocols } as const;
    let joined = await joining.ask('JoinGroup', { ...asks, memberId }, oneCode);
    if (joined.errorCode === codes.memberIdRequired) {
      memberId = joined.memberId;
      if (isLeaving) return;
      joined = await joining.ask('JoinGroup', { ...asks, memberId }, oneCode);
    }
    if (joined.errorCode === codes.unknownMember) return forgotten();
    requireOk(joined.errorCode, `joining the group ${group}`);
    memberId = joined.memberId;
    await sync(joined);
  }

  async function sync({ generationId, leaderId, members }: Answer<'JoinGroup'>): Promise<void> {
    const groupAssignment = leaderId === memberId ? await lead(members) : [];
    const synced = await joining.ask('SyncGroup', { groupId: group, generationId, memberId, groupAssignment }, oneCode);
    if (synced.errorCode === codes.rebalanceInProgress) return void (wantsJoin = true);
    if (synced.errorCode === codes.unknownMember || synced.errorCode === codes.illegalGeneration) return forgotten();
    requireOk(synced.errorCode, `the assignment of the group ${group}`);
    // The answers to a join and a sync may have waited long in a process that slept: only what is asked now proves that it belongs to the group now.
    const sentAt = performance.now();
    const { errorCode } = await beating.ask('Heartbeat', { groupId: group, groupGenerationId: generationId, memberId }, oneCode);
    if (errorCode === codes.unknownMember || errorCode === codes.illegalGeneration) return forgotten();
    if (errorCode === codes.rebalanceInProgress) wantsJoin = true;
    else requireOk(errorCode, `the heartbeat in the group ${group}`);
    if (isLeaving) return;
    lease.settle();
    renew(sentAt);
    identity = { memberId, generationId };
    generation = generationId;
    wire.health.count('rebalances');
    moved.raise();
    toBeat.raise();
    options.onAssigned(decodeAssignment(synced.memberAssignment));
  }

  async function lead(members: Answer<'JoinGroup'>['members']): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const claims = members.flatMap((each) => decodeClaim(each.memberId, each.memberMetadata) ?? []);
    const consumed = [...new Set(claims.flatMap(({ topics }) => topics))].sort();
    const counts = await Promise.all(consumed.map(async (topic) => [topic, await partitionsOf(topic)] as const));
    const { shares, isPending } = assign(claims, new Map(counts));
    return [...shares].map(([each, partitions]) => ({ memberId: each, memberAssignment: encodeAssignment({ partitions, isPending, consumed }, wire.nameOf) }));
  }

  // A member of another build may consume what this cluster has no longer.
  async function partitionsOf(topic: string): Promise<number> {
    try {
      return await wire.metadata.partitions(wire.nameOf(topic));
    } catch (error) {
      if (isFault(error, 'unknown_topic')) return 0;
      throw error;
    }
  }

  async function keepBeating(): Promise<void> {
    while (!isLeaving && !wire.isClosed()) {
      await toBeat.raised(identity === undefined ? undefined : heartbeatMs);
      await beat().catch(() => {});
    }
  }

  async function beat(): Promise<void> {
    const mine = identity;
    if (mine === undefined || isLeaving) return;
    const sentAt = performance.now();
    const { errorCode } = await beating.ask('Heartbeat', { groupId: group, groupGenerationId: mine.generationId, memberId: mine.memberId }, oneCode);
    if (identity !== mine) return;
    if (errorCode === codes.none) renew(sentAt);
    else if (errorCode === codes.rebalanceInProgress) {
      lease.hurry();
      renew(sentAt);
      rejoin();
    } else if (errorCode === codes.unknownMember || (errorCode === codes.illegalGeneration && !isJoining)) forgotten();
    else if (errorCode !== codes.illegalGeneration) throw new KafkaError(errorCode, `the heartbeat in the group ${group}`);
  }

  function renew(sentAt: number): void {
    lease.renew(sentAt);
    clearTimeout(watch);
    watch = setTimeout(() => (lease.isValid() ? renew(-Infinity) : lose()), lease.leftMs() + 1);
  }

  /** The group goes on without this member. */
  function forgotten(): void {
    memberId = '';
    lose();
  }

  function lose(): void {
    if (isLeaving) return;
    clearTimeout(watch);
    lease.end();
    if (identity !== undefined) {
      identity = undefined;
      wire.health.count('lostSessions');
      options.onLost();
    }
    moved.raise();
    rejoin();
  }

  function rejoin(): void {
    wantsJoin = true;
    toJoin.raise();
  }

  function end(): void {
    isLeaving = true;
    clearTimeout(watch);
    lease.end();
    identity = undefined;
    [toJoin, toBeat, moved].forEach((each) => each.raise());
  }

  const running = Promise.all([keepJoining(), keepBeating()]);

  return {
    identity: () => (lease.isValid() ? identity : undefined),
    isValid: lease.isValid,
    async whenOther(than, withinMs) {
      if (identity !== than) return;
      if (!isJoining) toBeat.raise();
      await moved.raised(withinMs);
    },
    async confirm() {
      await beat();
      if (!lease.isValid()) throw new NoAnswer('the membership has ended');
    },
    refused(refusedOne) {
      if (identity === refusedOne) forgotten();
    },
    rejoin,
    abandon: end,
    async leave() {
      end();
      const leaving = memberId === '' ? Promise.resolve() : beating.ask('LeaveGroup', { groupId: group, memberId }, oneCode);
      await Promise.race([leaving.catch(() => {}), wire.pause(leaveWithinMs)]);
      joins.close();
      beating.close();
      await running.catch(() => {});
    },
  };
}

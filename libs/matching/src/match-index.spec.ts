import type { EventAttributes } from '@hookyard/event-schemas';
import { glob } from './glob.ts';
import { requireFilter } from './filter.ts';
import { matchIndex } from './match-index.ts';
import { matchableEvent } from './matchable-event.ts';
import { matchesType } from './type-pattern.ts';
import type { CompiledWebhook, MatchableEvent } from './types.ts';

function event(attributes: Partial<EventAttributes>, data: unknown = {}): MatchableEvent {
  return matchableEvent({ id: '1', source: '/s', type: 't', project: 'p', ...attributes }, Buffer.from(JSON.stringify(data)));
}

const filtered = (filter: unknown, types: readonly string[] = ['*']): CompiledWebhook => ({ types, predicate: requireFilter(filter) });

describe('the match index', () => {
  it('answers the webhooks of the project by type', () => {
    const index = matchIndex();
    index.put('exact', 'p', { types: ['order.created'] }, true);
    index.put('prefix', 'p', { types: ['order.*'] }, true);
    index.put('any', 'p', { types: ['*'] }, true);
    index.put('other type', 'p', { types: ['order'] }, true);
    index.put('other project', 'q', { types: ['*'] }, true);
    expect(index.match('p', event({ type: 'order.created' }))).toEqual(['exact', 'prefix', 'any']);
    expect(index.match('absent', event({}))).toEqual([]);
    expect(index.size).toBe(5);
  });

  it('answers a webhook once, however many of its patterns meet the event', () => {
    const index = matchIndex();
    index.put('w', 'p', { types: ['a.b', 'a.*', '*', 'a.b'], subjects: ['x', 'x*', '*', 'x'] }, true);
    expect(index.match('p', event({ type: 'a.b', subject: 'x' }))).toEqual(['w']);
  });

  it('is not misled by an event whose type is written like a pattern', () => {
    const index = matchIndex();
    index.put('prefix', 'p', { types: ['a.*'] }, true);
    index.put('any', 'p', { types: ['*'] }, true);
    expect(index.match('p', event({ type: 'a.*' }))).toEqual(['prefix', 'any']);
    expect(index.match('p', event({ type: '*' }))).toEqual(['any']);
  });

  it('answers by subject: whole, by pattern, or any', () => {
    const index = matchIndex();
    index.put('whole', 'p', { types: ['t'], subjects: ['refs/heads/main'] }, true);
    index.put('heads', 'p', { types: ['t'], subjects: ['refs/heads/*', 'refs/for/*'] }, true);
    index.put('any', 'p', { types: ['t'] }, true);
    index.put('none', 'p', { types: ['t'], subjects: [] }, true);
    expect(index.match('p', event({ subject: 'refs/heads/main' }))).toEqual(['any', 'whole', 'heads']);
    expect(index.match('p', event({ subject: 'refs/for/x' }))).toEqual(['any', 'heads']);
    expect(index.match('p', event({}))).toEqual(['any']);
  });

  it('leaves out disabled and removed webhooks, and takes changes at once', () => {
    const index = matchIndex();
    const compiled = { types: ['t', 'a.*'], subjects: ['s', 'g*'], predicate: requireFilter({ 'data.x': 1 }) };
    const matching = () => index.match('p', event({ subject: 's' }, { x: 1 }));
    index.put('w', 'p', compiled, true);
    expect(matching()).toEqual(['w']);
    index.put('w', 'p', compiled, false);
    expect(matching()).toEqual([]);
    index.put('w', 'q', compiled, true);
    expect(matching()).toEqual([]);
    index.put('w', 'p', compiled, true);
    expect(matching()).toEqual(['w']);
    index.remove('w');
    index.remove('w');
    expect(matching()).toEqual([]);
    expect(index.size).toBe(0);
  });

  it('evaluates a filter that many webhooks share once for each event', () => {
    let asked = 0;
    const counting = () => ({ key: 'counting', test: () => ({ matched: true }) as const, holds: () => (asked += 1) > 0 });
    const index = matchIndex();
    for (let at = 0; at < 10; at += 1) index.put(`w${at}`, 'p', { types: [at < 5 ? 't' : '*'], predicate: counting() }, true);
    expect(index.match('p', event({}))).toHaveLength(10);
    expect(asked).toBe(1);
    expect(index.match('p', event({}))).toHaveLength(10);
    expect(asked).toBe(2);
  });

  it('goes on when a filter throws: it does not match, and the reason says why', () => {
    const failures: string[] = [];
    const index = matchIndex({ onFailure: (key) => failures.push(key) });
    const broken = { key: 'broken', test: () => { throw new Error('no such thing'); } };
    index.put('bad', 'p', { types: ['t'], predicate: broken }, true);
    index.put('good', 'p', { types: ['t'] }, true);
    expect(index.match('p', event({}))).toEqual(['good']);
    expect(index.explain('p', event({}))[0]).toEqual({
      webhookId: 'bad',
      verdict: { matched: false, reason: { code: 'filter_not_matched', message: 'The condition could not be evaluated: no such thing' } },
    });
    expect(failures).toEqual(['broken', 'broken']);
  });

  it('answers in the same order whatever the history', () => {
    const webhooks = ['c', 'a', 'e', 'b', 'd'].map((id, at) => [id, filtered({ 'data.x': { $gte: at % 2 } })] as const);
    const forwards = matchIndex();
    const backwards = matchIndex();
    for (const [id, compiled] of webhooks) forwards.put(id, 'p', compiled, true);
    for (const [id, compiled] of [...webhooks].reverse()) backwards.put(id, 'p', compiled, false);
    for (const [id, compiled] of [...webhooks].reverse()) backwards.put(id, 'p', compiled, true);
    expect(forwards.match('p', event({}, { x: 1 }))).toEqual(['b', 'c', 'd', 'e', 'a'].sort(byGroup));
    expect(backwards.match('p', event({}, { x: 1 }))).toEqual(forwards.match('p', event({}, { x: 1 })));

    function byGroup(left: string, right: string): number {
      const group = (id: string) => webhooks.find(([known]) => known === id)?.[1].predicate?.key ?? '';
      return group(left) < group(right) ? -1 : group(left) > group(right) ? 1 : left < right ? -1 : 1;
    }
  });

  it('explains every webhook of the project, by id', () => {
    const index = matchIndex();
    index.put('d', 'p', { types: ['t'] }, false);
    index.put('c', 'p', { types: ['a', 'b'] }, true);
    index.put('b', 'p', { types: ['t'], subjects: ['x*'] }, true);
    index.put('a', 'p', filtered({ 'data.x': { $gt: 5 } }), true);
    index.put('e', 'p', { types: ['*'] }, true);
    expect(index.explain('p', event({ subject: 'y' }, { x: 1 }))).toEqual([
      { webhookId: 'a', verdict: { matched: false, reason: { code: 'filter_not_matched', condition: 'data.x $gt 5', actual: 1, message: '`data.x` is 1, asked is $gt 5.' } } },
      { webhookId: 'b', verdict: { matched: false, reason: { code: 'subject_not_matched', condition: 'subject x*', actual: 'y', message: 'The event is about y, and the webhook asks for x*.' } } },
      { webhookId: 'c', verdict: { matched: false, reason: { code: 'type_not_subscribed', condition: 'type a, b', actual: 't', message: 'The event is of type t, and the webhook subscribes to a, b.' } } },
      { webhookId: 'd', verdict: { matched: false, reason: { code: 'webhook_disabled', message: 'The webhook is disabled.' } } },
      { webhookId: 'e', verdict: { matched: true } },
    ]);
  });
});

describe('over random webhooks and events', () => {
  it.each([1, 2, 3, 4, 5])('the index agrees with asking each webhook in turn, and with its own explanations (seed %i)', (seed) => {
    const random = randomOf(seed);
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
    const some = <T>(choices: readonly T[], most: number): T[] => Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(choices));
    const types = ['a', 'a.b', 'a.b.c', 'b', 'b.c'];
    const patterns = [...types, 'a.*', 'a.b.*', 'b.*', '*'];
    const subjects = ['r/1', 'r/2', 'r/22', 's/1'];
    const globs = [...subjects, 'r/*', 'r/?', '*1', '[rs]/1', 'r/2*', 's/*'];
    const conditions = ['x', 'y'].flatMap((field) => [{ $gt: 2 }, { $in: [1, 3] }, 2, { $exist: false }, { $ne: 1 }].map((condition) => ({ [`data.${field}`]: condition })));
    const filters = [...conditions, { $or: conditions.slice(0, 3) }, { $not: conditions[4] }, { ...conditions[0], ...conditions[6] }];

    const index = matchIndex();
    const webhooks = new Map<string, { readonly project: string; readonly compiled: CompiledWebhook; readonly enabled: boolean }>();
    for (let round = 0; round < 20; round += 1) {
      for (let change = 0; change < 40; change += 1) {
        const id = `w${Math.floor(random() * 200)}`;
        if (random() < 0.2) {
          index.remove(id);
          webhooks.delete(id);
          continue;
        }
        const compiled: CompiledWebhook = {
          types: [pick(patterns), ...some(patterns, 2)],
          ...(random() < 0.5 ? { subjects: some(globs, 3) } : {}),
          ...(random() < 0.6 ? { predicate: requireFilter(pick(filters)) } : {}),
        };
        const webhook = { project: pick(['p', 'q']), compiled, enabled: random() < 0.9 };
        webhooks.set(id, webhook);
        index.put(id, webhook.project, compiled, webhook.enabled);
      }
      for (let asked = 0; asked < 20; asked += 1) {
        const project = pick(['p', 'q']);
        const one = event({ type: pick(types), ...(random() < 0.8 ? { subject: pick(subjects) } : {}) }, { x: Math.floor(random() * 5), ...(random() < 0.5 ? { y: 1 } : {}) });
        const naive = [...webhooks].filter(([, webhook]) => webhook.project === project && webhook.enabled && concerns(webhook.compiled, one)).map(([id]) => id);
        const matched = index.match(project, one);
        expect([...matched].sort()).toEqual(naive.sort());
        const explained = index.explain(project, one);
        expect(explained.filter(({ verdict }) => verdict.matched).map(({ webhookId }) => webhookId)).toEqual(naive.sort());
        expect(explained).toHaveLength([...webhooks.values()].filter((webhook) => webhook.project === project).length);
      }
    }
    expect(index.size).toBe(webhooks.size);
  });
});

function concerns(compiled: CompiledWebhook, one: MatchableEvent): boolean {
  const { type, subject } = one.attributes;
  const isOfType = compiled.types.some((pattern) => matchesType(pattern, type));
  const isAbout = compiled.subjects === undefined || (subject !== undefined && compiled.subjects.some((pattern) => glob(pattern).matches(subject)));
  return isOfType && isAbout && (compiled.predicate?.test(one).matched ?? true);
}

/** The same numbers in [0, 1) for the same seed. Constants: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

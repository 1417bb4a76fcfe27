import { deliveryId, eventId, partitionOf, topics } from '@hookyard/event-schemas';
import type { Message } from '@hookyard/ports';
import { gate, until } from '@hookyard/ports/testing';
import { createWorld, deliveries, keepMs, pairs, partitions, type World } from './harness.ts';

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.engine.close());

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the matcher', () => {
  it('orders one delivery for each webhook that an event concerns', async () => {
    await world.webhook({ id: 'all' });
    await world.webhook({ id: 'orders', revision: 7, definition: { types: ['order.*'], subjects: ['o/*'] } });
    await world.webhook({ id: 'builds', definition: { types: ['build.*'] } });
    await world.webhook({ id: 'disabled', status: 'disabled' });
    await world.webhook({ id: 'elsewhere', project: 'other' });
    const { match } = await world.start();
    const message = await world.event({ subject: 'o/1', time: '2026-01-31T12:00:00Z', traceparent, extensions: { region: 'eu' } }, { data: { amount: 3 } });
    world.clock.advance(250);
    const made = deliveries(await match({ messages: [message] }));
    const id = eventId('shop', '/test', '1');
    expect(made.map(({ head, body }) => ({ ...head, deliveries: [], body: body.toString() }))).toEqual(
      made.map(() => ({
        event: { id: '1', source: '/test', type: 'order.created', subject: 'o/1', time: '2026-01-31T12:00:00Z', project: 'shop', traceparent, extensions: { region: 'eu' } },
        eventId: id,
        origin: { partition: message.partition, offset: message.offset },
        sequence: message.offset + 1,
        acceptedAt: message.publishedAt,
        matchedAt: message.publishedAt + 250,
        deliveries: [],
        body: '{"amount":3}',
      })),
    );
    expect(made.flatMap(({ partition, head }) => head.deliveries.map((order) => ({ ...order, partition }))).sort((a, b) => (a.webhookId < b.webhookId ? -1 : 1))).toEqual([
      { id: deliveryId(id, 'all'), webhookId: 'all', webhookRevision: 0, partition: partitionOf('all', partitions) },
      { id: deliveryId(id, 'orders'), webhookId: 'orders', webhookRevision: 7, partition: partitionOf('orders', partitions) },
    ]);
  });

  it('writes the event once for each partition and thousand of webhooks', async () => {
    await world.webhooks(Array.from({ length: 4_500 }, (_, at) => ({ id: `w${at}` })));
    const { match } = await world.start();
    const outputs = await match({ messages: [await world.event()] });
    const made = deliveries(outputs);
    expect(made.reduce((sum, { head }) => sum + head.deliveries.length, 0)).toBe(4_500);
    expect(Math.max(...made.map(({ head }) => head.deliveries.length))).toBe(1_000);
    expect(made.length).toBeLessThanOrEqual(partitions * 2);
    for (const { partition, head } of made) for (const { webhookId } of head.deliveries) expect(partitionOf(webhookId, partitions)).toBe(partition);
    expect(new Set(outputs.map(({ key }) => key))).toEqual(new Set([eventId('shop', '/test', '1')]));
  });

  it('makes an event known before matching, until it expires', async () => {
    const { match } = await world.start();
    const message = await world.event({ subject: 's' });
    await match({ messages: [message] });
    const stored = await world.events.get(eventId('shop', '/test', '1'));
    expect(stored).toMatchObject({
      revision: 1,
      expiresAt: message.publishedAt + keepMs,
      document: { project: 'shop', type: 'order.created', source: '/test', subject: 's', acceptedAt: message.publishedAt, origin: { partition: message.partition, offset: message.offset } },
    });
    expect(stored?.document.attributes).toEqual({ id: '1', source: '/test', type: 'order.created', subject: 's', project: 'shop', time: new Date(message.publishedAt).toISOString() });
  });

  it('ignores a repeat within a batch, in a later one, and after a restart; not the same id in another project or of another source', async () => {
    await world.webhook({ id: 'w' });
    await world.webhook({ id: 'x', project: 'other' });
    const { match } = await world.start();
    const [first, again] = [await world.event(), await world.event()];
    expect(pairs(await match({ messages: [first, again] }))).toEqual(['1 → w']);
    expect(pairs(await match({ messages: [await world.event()] }))).toEqual([]);
    expect(pairs(await (await world.start()).match({ messages: [await world.event()] }))).toEqual([]);
    expect(pairs(await match({ messages: [await world.event({ project: 'other' })] }))).toEqual(['1 → x']);
    expect(pairs(await match({ messages: [await world.event({ source: '/else' })] }))).toEqual(['1 → w']);
  });

  it('takes an event anew when the one of its name has expired', async () => {
    await world.webhook({ id: 'w' });
    const { match } = await world.start();
    await match({ messages: [await world.event()] });
    world.clock.advance(keepMs);
    const later = await world.event();
    expect(pairs(await match({ messages: [later] }))).toEqual(['1 → w']);
    expect((await world.events.get(eventId('shop', '/test', '1')))?.document.origin).toEqual({ partition: later.partition, offset: later.offset });
  });

  it('orders the same deliveries again when it died after making events known and before committing', async () => {
    for (const id of ['a', 'b', 'c']) await world.webhook({ id });
    const messages = [await world.event({ id: '1' }), await world.event({ id: '2' }), await world.event({ id: '1' })];
    const lost = await (await world.start()).match({ messages });
    // The same messages, in batches cut elsewhere.
    const { match } = await world.start();
    const again = [...(await match({ messages: messages.slice(0, 1) })), ...(await match({ messages: messages.slice(1) }))];
    expect(again).toEqual(lost);
    expect(pairs(again)).toHaveLength(6);
  });

  it('matches an event against webhooks as new as the event asks for', async () => {
    const { follow } = world.engine.bus;
    let held = Promise.resolve();
    world.engine.bus.follow = (options) => follow({ ...options, handle: (messages) => held.then(() => options.handle(messages)) });
    const { match } = await world.start();
    const release = gate();
    held = release.opened;
    const position = await world.webhook({ id: 'w' });
    const message = await world.event({}, { webhooksPosition: `${position.partition}:${position.offset}` });
    let hasMatched = false;
    const matching = match({ messages: [message] }).finally(() => (hasMatched = true));
    await until(() => world.events.get(eventId('shop', '/test', '1')));
    expect(hasMatched).toBe(false);
    release.open();
    expect(pairs(await matching)).toEqual(['1 → w']);
  });

  it('does not wait for places in the topic of webhooks that do not exist', async () => {
    const { match } = await world.start();
    const bogus = ['0:999999', '77:0', 'nonsense'];
    const messages = await Promise.all(bogus.map((webhooksPosition, at) => world.event({ id: `${at}` }, { webhooksPosition })));
    await match({ messages });
    expect(world.logged).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  it('takes changes and removals of webhooks, and ignores old revisions', async () => {
    const { match } = await world.start();
    const matched = async (id: string): Promise<readonly string[]> => {
      const { partition, offset } = await world.webhook({ id: 'last', definition: { types: [] }, revision: Number(id) });
      return pairs(await match({ messages: [await world.event({ id }, { webhooksPosition: `${partition}:${offset}` })] }));
    };
    await world.webhook({ id: 'w', revision: 3 });
    expect(await matched('1')).toEqual(['1 → w']);
    await world.webhook({ id: 'w', revision: 2, status: 'disabled' });
    expect(await matched('2')).toEqual(['2 → w']);
    await world.webhook({ id: 'w', revision: 4, status: 'disabled' });
    expect(await matched('3')).toEqual([]);
    await world.webhook({ id: 'w', revision: 5 });
    expect(await matched('4')).toEqual(['4 → w']);
    await world.removeWebhook('w');
    expect(await matched('5')).toEqual([]);
  });

  it('sends a ping to the one webhook it is for, even a disabled one, and to nobody else', async () => {
    await world.webhook({ id: 'w', status: 'disabled', definition: { types: ['never'] } });
    await world.webhook({ id: 'other' });
    await world.webhook({ id: 'foreign', project: 'other' });
    const { match } = await world.start();
    const made = deliveries(await match({ messages: [await world.event({ id: '1' }, { onlyWebhook: 'w' })] }));
    expect(made.flatMap(({ head }) => head.deliveries)).toEqual([expect.objectContaining({ webhookId: 'w', ping: true })]);
    for (const onlyWebhook of ['foreign', 'absent']) expect(pairs(await match({ messages: [await world.event({ id: onlyWebhook }, { onlyWebhook })] }))).toEqual([]);
  });

  it('puts what is no event aside with the reason, and goes on', async () => {
    await world.webhook({ id: 'w' });
    const { match } = await world.start();
    const good = await world.event();
    const { ce_source: _, ...headers } = good.headers;
    const broken = { ...good, headers: { ...good.headers, 'content-type': 'application/json' }, value: Buffer.from('{') };
    const outputs = await match({ messages: [{ ...good, headers }, broken, good] });
    expect(pairs(outputs)).toEqual(['1 → w']);
    const letters = outputs.filter(({ topic }) => topic === topics.deadLetters);
    expect(letters.map((letter) => letter.headers?.['hy-dead-reason'])).toEqual([
      'Not an event: source is required.',
      expect.stringMatching(/^Not an event: data is not JSON/),
    ]);
    expect(letters[0]).toMatchObject({ value: good.value, headers: { ce_id: '1', 'hy-dead-group': 'matcher', 'hy-dead-topic': 'events' } });
  });

  it('writes an event that lies elsewhere, or holds its attributes in its value, anew where it belongs', async () => {
    await world.webhook({ id: 'w' });
    const { match } = await world.start();
    const good = await world.event({ time: '2026-01-31T12:00:00Z' });
    const elsewhere = { ...good, key: 'whatever', partition: (good.partition + 1) % partitions };
    const data = '{ "amount":1.50 }';
    const structured = {
      ...elsewhere,
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      value: Buffer.from(`{"specversion":"1.0","id":"2","source":"/test","type":"order.created","project":"shop","data":${data}}`),
    };
    const outputs = await match({ messages: [elsewhere, structured] });
    expect(outputs.map(({ topic, key, partition, value }) => [topic, key, partition, value?.toString()])).toEqual([
      ['events', 'shop', good.partition, good.value?.toString()],
      ['events', 'shop', good.partition, data],
    ]);
    const again = outputs.map((output, at): Message => ({ ...good, ...output, headers: output.headers ?? {}, partition: good.partition, offset: good.offset + 1 + at }));
    expect(pairs(await match({ messages: again }))).toEqual(['1 → w', '2 → w']);
  });

  it('is not stopped by webhooks that cannot be read, or whose condition throws', async () => {
    await world.webhook({ id: 'no-dialect', dialect: 'unheard-of' });
    await world.webhook({ id: 'no-definition', definition: 5 });
    await world.webhook({ id: 'explodes', definition: { types: ['*'], explode: true } });
    await world.webhook({ id: 'good' });
    const { match } = await world.start();
    for (const id of ['1', '2']) expect(pairs(await match({ messages: [await world.event({ id })] }))).toEqual([`${id} → good`]);
    expect(world.logged.map(({ msg }) => msg).sort()).toEqual([
      'a condition could not be evaluated; its webhooks do not match',
      'a webhook cannot be read; it matches nothing',
      'a webhook cannot be read; it matches nothing',
    ]);
  });

  it('counts what it does', async () => {
    await world.webhook({ id: 'w' });
    const { match } = await world.start();
    const message = await world.event();
    world.clock.advance(2_000);
    await match({ messages: [message, await world.event(), { ...message, headers: {} }] });
    const text = await world.metrics.registry.metrics();
    for (const line of ['events_total 2', 'repeats_total 1', 'dead_letters_total 1', 'deliveries_total 1', 'webhooks 1']) expect(text).toContain(`hookyard_matcher_${line}\n`);
    expect(text).toContain('hookyard_accepted_to_matched_seconds_sum 2\n');
  });
});

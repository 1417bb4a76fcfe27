import { Fault } from '@hookyard/event-schemas';
import type { Batch, Consumption, Message } from '@hookyard/ports';
import { readReply } from './command-message.ts';
import { handleCommands } from './handle-commands.ts';

const message = (place: number, over: Partial<Message> = {}): Message => ({
  topic: 'commands',
  partition: 0,
  offset: place,
  key: 'wh_1',
  value: Buffer.from(JSON.stringify({ place })),
  headers: { 'hy-command': 'webhook', 'hy-correlation': `c${place}`, 'hy-reply-to': 'gateway-1' },
  publishedAt: 0,
  ...over,
});

const batch = (messages: readonly Message[]): Batch => ({ topic: 'commands', partition: 0, messages, consumption: {} as Consumption });

const handlers = (webhook: (payload: unknown) => Promise<unknown>) => new Map([['webhook', webhook]]);

describe('commands', () => {
  it('are answered in the order they came, each reply joined to its command', async () => {
    const outputs = await handleCommands('subscriptions', handlers(async (payload) => payload), batch([message(0), message(1)]));
    expect(outputs.map(({ topic, headers }) => [topic, headers?.['hy-correlation'], headers?.['hy-reply-to']])).toEqual([
      ['replies', 'c0', 'gateway-1'],
      ['replies', 'c1', 'gateway-1'],
    ]);
    expect(readReply(outputs[1] as unknown as Message)).toEqual({ place: 1 });
  });

  it('of one key wait for each other, those of other keys do not', async () => {
    const begun: number[] = [];
    const first = withResolvers();
    const handling = handleCommands(
      'subscriptions',
      handlers(async (payload) => {
        const { place } = payload as { place: number };
        begun.push(place);
        if (place === 0) await first.promise;
      }),
      batch([message(0), message(1), message(2, { key: 'wh_2' })]),
    );
    while (begun.length < 2) await Promise.resolve();
    expect(begun).toEqual([0, 2]);
    first.resolve();
    await handling;
    expect(begun).toEqual([0, 2, 1]);
  });

  it('that are refused get the fault as their reply', async () => {
    const [reply] = await handleCommands('subscriptions', handlers(() => Promise.reject(new Fault('webhook_deleted', { webhookId: 'wh_1' }))), batch([message(0)]));
    expect(() => readReply(reply as unknown as Message)).toThrow(expect.objectContaining({ name: 'Fault', code: 'webhook_deleted', details: { webhookId: 'wh_1' } }));
  });

  it('that break are not answered: the batch is rejected, to come again', async () => {
    await expect(handleCommands('subscriptions', handlers(() => Promise.reject(new Error('disk'))), batch([message(0)]))).rejects.toThrow('disk');
  });

  it('that are no JSON become dead letters with the reason, and do not hold up the others', async () => {
    const outputs = await handleCommands('subscriptions', handlers(async (payload) => payload), batch([message(0, { value: Buffer.from('{') }), message(1)]));
    expect(outputs.map(({ topic }) => topic)).toEqual(['dead-letters', 'replies', 'replies']);
    expect(outputs[0]?.headers).toMatchObject({ 'hy-dead-reason': 'The command is no JSON.', 'hy-dead-topic': 'commands', 'hy-dead-offset': '0' });
    expect(outputs[0]?.value?.toString()).toBe('{');
  });

  it('of a kind that this service does not handle are left to others', async () => {
    expect(await handleCommands('subscriptions', handlers(async () => 1), batch([message(0, { headers: { 'hy-command': 'redeliver' } })]))).toEqual([]);
  });

  it('that nobody waits for get no reply', async () => {
    expect(await handleCommands('subscriptions', handlers(async () => 1), batch([message(0, { headers: { 'hy-command': 'webhook' } })]))).toEqual([]);
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

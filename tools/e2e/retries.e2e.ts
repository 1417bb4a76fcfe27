import { newEvent, newProject, newSecret, startSystem, structured, until, type System } from './harness.ts';

describe('a failing endpoint', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  const delivery = (project: string, status: string) =>
    until(`a delivery that is ${status}`, async () => {
      const { body } = await system.api.get(`${project}/deliveries?status=${status}`);
      return body.items[0];
    });

  it('is tried again on its own schedule, with the same id and the same bytes, until it succeeds', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver((_request, count) => (count <= 2 ? { status: 500, body: 'not yet' } : { status: 200, body: 'thanks' }));
    await system.api.post(`${project}/webhooks`, { name: 'flaky', url: receiver.url, eventTypes: ['*'], secret: newSecret(), retryScheduleMs: [1000, 1000, 1000] });
    await system.api.post(`${project}/events`, newEvent(), structured);
    const { id } = await delivery(project, 'succeeded');
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map((request) => request.headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.received.map((request) => request.body.toString('hex'))).size).toBe(1);

    const detail = await system.api.get(`${project}/deliveries/${id}`);
    expect(detail.body.attempts.map((attempt: any) => [attempt.attempt, attempt.outcome.status, attempt.outcome.body])).toEqual([
      [1, 500, 'not yet'],
      [2, 500, 'not yet'],
      [3, 200, 'thanks'],
    ]);
  });

  it('has its delivery end as failed when the schedule is exhausted, and it can be sent again on request', async () => {
    const project = await newProject(system.api);
    let healthy = false;
    const receiver = await system.receiver(() => ({ status: healthy ? 204 : 503 }));
    await system.api.post(`${project}/webhooks`, { name: 'down', url: receiver.url, eventTypes: ['*'], secret: newSecret(), retryScheduleMs: [1000] });
    await system.api.post(`${project}/events`, newEvent(), structured);
    const failed = await delivery(project, 'failed');
    expect(failed.attempts).toBe(2);

    healthy = true;
    const redelivered = await system.api.post(`${project}/deliveries/${failed.id}/redeliver`);
    expect(redelivered.status).toBe(202);
    const succeeded = await delivery(project, 'succeeded');
    expect(succeeded).toMatchObject({ id: failed.id, attempts: 3 });
    expect(receiver.received.map((request) => request.headers['webhook-id'])).toEqual([failed.id, failed.id, failed.id]);
  });

  it('that answers 410 has its webhook disabled as gone', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver(() => ({ status: 410 }));
    const webhook = await system.api.post(`${project}/webhooks`, { name: 'gone', url: receiver.url, eventTypes: ['*'], secret: newSecret() });
    await system.api.post(`${project}/events`, newEvent(), structured);
    const disabled = await until('the webhook to be disabled', async () => {
      const { body } = await system.api.get(`${project}/webhooks/${webhook.body.id}`);
      return body.enabled === false && body;
    });
    expect(disabled.disabledReason).toBe('gone');
    expect(receiver.received).toHaveLength(1);
  });

  it('that never answers is cut off at its time limit, and does not delay its neighbour', async () => {
    const project = await newProject(system.api);
    const silent = await system.receiver(() => 'never');
    const healthy = await system.receiver();
    await system.api.post(`${project}/webhooks`, { name: 'silent', url: silent.url, eventTypes: ['*'], secret: newSecret(), timeoutMs: 1000, retryScheduleMs: [600000] });
    await system.api.post(`${project}/webhooks`, { name: 'healthy', url: healthy.url, eventTypes: ['*'], secret: newSecret() });
    for (let sent = 0; sent < 50; sent += 1) await system.api.post(`${project}/events`, newEvent(), structured);
    await until('the neighbour to have everything', () => healthy.received.length === 50, 5_000);
    const waiting = await delivery(project, 'retrying');
    const { body } = await system.api.get(`${project}/deliveries/${waiting.id}`);
    expect(body.attempts[0].outcome).toMatchObject({ kind: 'timed_out' });
  });

  it('at an address that nobody allowed is never connected to', async () => {
    const project = await newProject(system.api);
    await system.api.post(`${project}/webhooks`, { name: 'inner', url: 'http://169.254.169.254/latest', eventTypes: ['*'], secret: newSecret(), retryScheduleMs: [600000] });
    await system.api.post(`${project}/events`, newEvent(), structured);
    const { id } = await delivery(project, 'failed');
    const { body } = await system.api.get(`${project}/deliveries/${id}`);
    expect(body.attempts[0].outcome).toMatchObject({ kind: 'not_sent', code: 'address_denied' });
  });

  it('has what waits for it cancelled when its webhook is deleted', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver(() => ({ status: 500 }));
    const webhook = await system.api.post(`${project}/webhooks`, { name: 'short', url: receiver.url, eventTypes: ['*'], secret: newSecret(), retryScheduleMs: [600000] });
    await system.api.post(`${project}/events`, newEvent(), structured);
    await delivery(project, 'retrying');
    expect((await system.api.delete(`${project}/webhooks/${webhook.body.id}`)).status).toBe(204);
    await delivery(project, 'cancelled');
    expect(receiver.received).toHaveLength(1);
  });
});

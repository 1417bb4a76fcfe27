/** Requests that work as they stand: `npm run receiver` listens at this address. */
const webhook = { name: 'Orders to billing', url: 'http://127.0.0.1:9000/orders', eventTypes: ['order.*'] };

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const everything = {
  ...webhook,
  description: 'Large European orders',
  subject: 'eu/*',
  filter: { 'data.amount': { $gt: 100 } },
  headers: [{ name: 'Authorization', value: 'Bearer of-the-receiver', protected: true }],
  labels: { team: 'billing' },
  timeoutMs: 10_000,
  retryScheduleMs: [5_000, 300_000],
  secret,
  signatures: ['v1', 'v1a'],
};

export const webhookExamples = {
  least: { summary: 'As short as can be', value: webhook },
  filtered: { summary: 'Large orders only', value: { ...webhook, filter: { 'data.amount': { $gt: 100 } } } },
  everything: { summary: 'Everything', value: everything },
};

export const patchExamples = {
  rename: { summary: 'Change one thing', value: { description: 'Orders of the shop' } },
  remove: { summary: 'Remove a filter, switch off', value: { filter: null, enabled: false } },
};

export const rotationExamples = {
  secret: { summary: 'A new secret, for v1', value: { secret } },
  keyPair: { summary: 'A new key pair, for v1a, the old one valid for an hour more', value: { graceMs: 3_600_000 } },
};

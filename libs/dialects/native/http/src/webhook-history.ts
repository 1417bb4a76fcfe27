import { evolveWebhook, Fault, webhookName, webhookStream, type WebhookFact, type WebhookRecord, type WebhookState } from '@hookyard/event-schemas';
import type { NativeHeader } from '@hookyard/dialect-native';
import type { EventStore } from '@hookyard/ports';
import type { SecretBox } from '@hookyard/signing';
import type { Place } from './change-webhook.ts';
import { differences } from './differences.ts';
import { headerView } from './definition-request.ts';
import type { NativePorts } from './native-ports.ts';
import type { PageQuery } from './requests.ts';
import type { FieldDifference, Revision, RevisionPage, RevisionState } from './responses.ts';
import { actorView, definitionIn, requireNative, timeText, webhookView } from './webhook-view.ts';

type Ports = Pick<NativePorts, 'store' | 'box' | 'clock'>;

/** One fact with the states before and after it. */
type Step = { readonly fact: WebhookFact; readonly before: WebhookState; readonly after: WebhookState };

/** Newest first. The history of a deleted webhook stays. */
export async function listRevisions(ports: Ports, place: Place, { limit, cursor }: PageQuery): Promise<RevisionPage> {
  const steps = await stepsOf(ports.store, place);
  const end = cursor === undefined ? steps.length : revisionNumber(cursor, new Fault('invalid_cursor'));
  if (end > steps.length) throw new Fault('invalid_cursor');
  const start = Math.max(0, end - limit);
  const items = steps.slice(start, end).map((step, at) => revisionView(step, start + at, ports.box));
  return { items: items.reverse(), ...(start === 0 ? {} : { cursor: String(start) }) };
}

export async function getRevision(ports: Ports, place: Place, revision: string): Promise<RevisionState> {
  const steps = await stepsOf(ports.store, place);
  const unknown = new Fault('not_found', { revision }, { message: 'The webhook has no such revision.' });
  const number = revisionNumber(revision, unknown);
  const step = steps[number];
  if (step === undefined) throw unknown;
  const view = revisionView(step, number, ports.box);
  if (step.after.status !== 'live') return view;
  return { ...view, webhook: webhookView(step.after.record, { box: ports.box, now: step.fact.metadata.at }) };
}

const factsPerRead = 1_000;

async function stepsOf(store: EventStore, { project, webhookId }: Place): Promise<readonly Step[]> {
  const stream = webhookStream(webhookName(project, webhookId));
  const steps: Step[] = [];
  let state: WebhookState = { status: 'absent' };
  for (let from = 0; ; from += factsPerRead) {
    const facts = (await store.read(stream, { from, limit: factsPerRead })) as unknown as readonly WebhookFact[];
    for (const fact of facts) {
      const after = evolveWebhook(state, fact);
      steps.push({ fact, before: state, after });
      state = after;
    }
    if (facts.length < factsPerRead) break;
  }
  const [first] = steps;
  requireNative(first?.after.status === 'live' ? first.after.record : undefined, project, webhookId);
  return steps;
}

function revisionView({ fact, before, after }: Step, revision: number, box: SecretBox): Revision {
  const { actor, at } = fact.metadata;
  return { revision, type: fact.type, at: timeText(at), by: actorView(actor), changes: [...shownChanges(before, after, at, box), ...hiddenChanges(before, after)] };
}

function shownChanges(before: WebhookState, after: WebhookState, now: number, box: SecretBox): readonly FieldDifference[] {
  const shown = (state: WebhookState): Record<string, unknown> => (state.status === 'live' ? comparable(state.record, now, box) : {});
  return differences(shown(before), shown(after));
}

/** A webhook as shown, without what changes with every revision, and its headers by name. */
function comparable(record: WebhookRecord, now: number, box: SecretBox): Record<string, unknown> {
  const { revision: _r, createdAt: _c, updatedAt: _u, id: _i, project: _p, headers: _h, expiringKeys, ...view } = webhookView(record, { box, now });
  const headers = Object.fromEntries(headersOf(record).map((header) => [header.name, without(headerView(header), 'name')]));
  return { ...view, headers, expiringKeys: [...expiringKeys] };
}

/** Values that changed without a visible trace: the fields are named, and nothing else. */
function hiddenChanges(before: WebhookState, after: WebhookState): readonly FieldDifference[] {
  if (before.status !== 'live' || after.status !== 'live') return [];
  const secret: readonly FieldDifference[] = before.record.secrets[0]?.sealed === after.record.secrets[0]?.sealed ? [] : [{ field: 'secret', protected: true }];
  const known = new Map(headersOf(before.record).map((header) => [header.name, header]));
  const headers = headersOf(after.record).flatMap((header): readonly FieldDifference[] => {
    const earlier = known.get(header.name);
    const isHidden = earlier !== undefined && 'sealed' in earlier && 'sealed' in header && earlier.sealed !== header.sealed;
    return isHidden ? [{ field: `headers.${header.name}`, protected: true }] : [];
  });
  return [...secret, ...headers];
}

function headersOf(record: WebhookRecord): readonly NativeHeader[] {
  return definitionIn(record).headers;
}

function without<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _, ...rest } = value;
  return rest;
}

function revisionNumber(text: string, refusal: Fault): number {
  if (!/^\d{1,15}$/.test(text)) throw refusal;
  return Number(text);
}

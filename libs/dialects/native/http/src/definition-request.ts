import { Fault, type FieldProblem } from '@hookyard/event-schemas';
import { hasKeyFor, native, type Keyring, type NativeDefinition, type NativeHeader } from '@hookyard/dialect-native';
import type { SecretBox } from '@hookyard/signing';

/** A header as clients speak of it. The value of a protected one goes in and never comes out. */
export type HeaderRequest = { readonly name: string; readonly value?: string; readonly protected?: boolean };

/** A definition as clients speak of it. */
export type DefinitionRequest = Partial<Omit<NativeDefinition, 'headers'>> & { readonly headers?: readonly HeaderRequest[] };

export type DefinitionContext = {
  readonly box: SecretBox;
  /** The keys that it will be signed with: every kind of signature needs its own. */
  readonly keyring: Keyring;
  /** What it replaces: protected headers without a value keep theirs. */
  readonly known?: NativeDefinition;
};

/** The definition that a request asks for, with protected values sealed. Throws `Fault('invalid_request')` with every problem. */
export function definitionOf(request: DefinitionRequest, { box, keyring, known }: DefinitionContext): NativeDefinition {
  const headers = (request.headers ?? []).map((header) => sealedHeader(header, box, known));
  const definition = native.parse({ ...withoutAbsent(request), headers });
  const problems = definition.signatures
    .filter((kind) => !hasKeyFor(keyring, kind))
    .map((kind): FieldProblem => ({ field: 'signatures', code: 'required', reason: `There is no key to sign ${kind} with; give a secret first.` }));
  if (problems.length > 0) throw new Fault('invalid_request', { problems });
  return definition;
}

/** A stored definition as a client would have asked for it: what a patch is applied to. */
export function requestOf(definition: NativeDefinition): DefinitionRequest {
  return { ...definition, headers: definition.headers.map(headerView) };
}

/** A header as answers show it. */
export function headerView(header: NativeHeader): HeaderRequest {
  return 'sealed' in header ? { name: header.name, protected: true } : { name: header.name, value: header.value, protected: false };
}

/** Protected values that have not changed keep their sealed text, so that the same request again changes nothing. */
function sealedHeader(header: HeaderRequest, box: SecretBox, known: NativeDefinition | undefined): Record<string, unknown> {
  const { name, value } = header;
  if (header.protected !== true) return { name, ...(value === undefined ? {} : { value }) };
  const before = known?.headers.find((other) => other.name.toLowerCase() === name.toLowerCase());
  const sealed = before !== undefined && 'sealed' in before ? before.sealed : undefined;
  if (value === undefined) return { name, ...(sealed === undefined ? {} : { sealed }) };
  return { name, sealed: sealed !== undefined && box.open(sealed) === value ? sealed : box.seal(value) };
}

function withoutAbsent(request: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined && value !== null));
}

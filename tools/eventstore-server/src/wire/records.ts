import { deletedRevision, type Entry } from '../store/catalog.ts';
import { metadataType, parseMetadata } from '../store/stream-metadata.ts';
import type { Recovered } from '../log/log-file.ts';
import { ReadResp, StreamIdentifier, UUID, type Streams } from './protocol.ts';

/** An event as a client proposes it. */
export type ProposedEvent = {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

export type Recording = { readonly event: ProposedEvent; readonly stream: string; readonly revision: number; readonly recordedAt: number };

const tombstoneRevision = '9223372036854775807';
// .NET ticks of 100 ns since 1970, which is what clients expect.
const ticksPerMs = 10_000;

/** An event as it is stored, which is at once how it is sent: a ReadResp. */
export function encodeRecord({ event, stream, revision, recordedAt }: Recording, position: number): Uint8Array {
  const record = new ReadResp.ReadEvent.RecordedEvent();
  record.setId(uuid(event.id));
  record.setStreamIdentifier(streamIdentifier(stream));
  record.setStreamRevision(revision === deletedRevision ? tombstoneRevision : String(revision));
  record.setCommitPosition(String(position));
  record.setPreparePosition(String(position));
  record.getMetadataMap().set('type', event.type).set('created', String(recordedAt * ticksPerMs)).set('content-type', event.contentType);
  record.setData(event.data);
  record.setCustomMetadata(event.metadata);
  const read = new ReadResp.ReadEvent();
  read.setEvent(record);
  read.setCommitPosition(String(position));
  const response = new ReadResp();
  response.setEvent(read);
  return response.serializeBinary();
}

/** What the index keeps of a stored event. */
export function entryOf({ place, bytes }: Recovered): Entry {
  const record = ReadResp.deserializeBinary(bytes).getEvent()?.getEvent();
  if (record === undefined) throw new Error(`no event at ${place.position}`);
  const type = record.getMetadataMap().get('type') ?? '';
  const revision = record.getStreamRevision();
  return {
    ...place,
    stream: streamName(record.getStreamIdentifier()),
    revision: revision === tombstoneRevision ? deletedRevision : Number(revision),
    type,
    id: record.getId()?.getString() ?? '',
    recordedAt: Number(record.getMetadataMap().get('created')) / ticksPerMs,
    ...(type === metadataType && { metadata: parseMetadata(record.getData_asU8()) }),
  };
}

export function proposedEvent(message: Streams.AppendReq.ProposedMessage | Streams.BatchAppendReq.ProposedMessage): ProposedEvent {
  const described = message.getMetadataMap();
  return {
    id: uuidText(message.getId()),
    type: described.get('type') ?? '',
    contentType: described.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** What counts against the limit of an append, by the server's own formula: UTF-16 for the type. */
export function sizeOf({ type, data, metadata }: ProposedEvent): number {
  return data.length + metadata.length + type.length * 2;
}

export function uuid(text: string): InstanceType<typeof UUID> {
  const id = new UUID();
  id.setString(text);
  return id;
}

export function uuidText(id: InstanceType<typeof UUID> | undefined): string {
  const parts = id?.getStructured();
  if (parts === undefined) return (id?.getString() ?? '').toLowerCase();
  const hex = [parts.getMostSignificantBits(), parts.getLeastSignificantBits()].map((bits) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export function streamIdentifier(name: string): InstanceType<typeof StreamIdentifier> {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(Buffer.from(name));
  return identifier;
}

export function streamName(identifier: InstanceType<typeof StreamIdentifier> | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
}

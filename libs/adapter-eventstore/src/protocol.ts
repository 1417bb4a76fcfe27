/** The protocol's messages as the client package ships them: CommonJS, generated. Imported here alone. */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq as Request } from '@eventstore/db-client/generated/streams_pb.js';
import type { ExpectedRevision } from '@hookyard/ports';

export const { StreamsClient } = services;
const { BatchAppendReq } = streams;
const { Empty, StreamIdentifier, UUID } = shared;

/** An event as it goes out: its JSON is written once, whatever becomes of the call. */
export type ProposedEvent = { readonly id: string; readonly type: string; readonly data: Buffer; readonly metadata?: Buffer };

export type AppendRequest = { readonly stream: string; readonly events: readonly ProposedEvent[]; readonly expected: ExpectedRevision };

// As the client does: well below what a server takes in one message. An append of several messages is still one append.
const messageBytes = 3 * 1024 * 1024;

/** The messages of one append. No deadline: the server's own is 2 s, and one of ours would be judged by its clock. */
export function appendMessages({ stream, events, expected }: AppendRequest, correlationId: string): readonly Request[] {
  const options = new BatchAppendReq.Options().setStreamIdentifier(streamIdentifier(stream));
  if (expected === 'no_stream') options.setNoStream(new Empty());
  else options.setStreamPosition(String(expected));

  let message = part(correlationId).setOptions(options);
  const messages = [message];
  let bytes = 0;
  for (const event of events) {
    const size = event.data.length + (event.metadata?.length ?? 0);
    if (bytes > 0 && bytes + size > messageBytes) {
      message = part(correlationId);
      messages.push(message);
      bytes = 0;
    }
    bytes += size;
    message.addProposedMessages(proposed(event));
  }
  message.setIsFinal(true);
  return messages;
}

function part(correlationId: string): Request {
  return new BatchAppendReq().setCorrelationId(uuidOf(correlationId));
}

function proposed({ id, type, data, metadata }: ProposedEvent): Request.ProposedMessage {
  const message = new BatchAppendReq.ProposedMessage().setId(uuidOf(id)).setData(data);
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  return metadata === undefined ? message : message.setCustomMetadata(metadata);
}

function uuidOf(text: string) {
  return new UUID().setString(text);
}

function streamIdentifier(name: string) {
  return new StreamIdentifier().setStreamName(Buffer.from(name, 'utf8'));
}

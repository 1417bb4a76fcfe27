import { ReadResp, type Streams } from './protocol.ts';
import { streamIdentifier } from './records.ts';

/** What a read or subscription says beside events, ready to be sent. */
export const readAnswers = {
  confirmation(subscriptionId: string): Uint8Array {
    const confirmation = new ReadResp.SubscriptionConfirmation();
    confirmation.setSubscriptionId(subscriptionId);
    return answer((response) => response.setConfirmation(confirmation));
  },
  checkpoint(position: number): Uint8Array {
    const checkpoint = new ReadResp.Checkpoint();
    checkpoint.setCommitPosition(String(position));
    checkpoint.setPreparePosition(String(position));
    return answer((response) => response.setCheckpoint(checkpoint));
  },
  streamNotFound(stream: string): Uint8Array {
    const missing = new ReadResp.StreamNotFound();
    missing.setStreamIdentifier(streamIdentifier(stream));
    return answer((response) => response.setStreamNotFound(missing));
  },
  caughtUp: () => answer((response) => response.setCaughtUp(new ReadResp.CaughtUp())),
  fellBehind: () => answer((response) => response.setFellBehind(new ReadResp.FellBehind())),
};

function answer(fill: (response: Streams.ReadResp) => unknown): Uint8Array {
  const response = new ReadResp();
  fill(response);
  return response.serializeBinary();
}

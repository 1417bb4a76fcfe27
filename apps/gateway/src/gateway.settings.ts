import { Setting } from '@hookyard/runtime';
import { IsInt, IsNotEmpty, Max, Min } from 'class-validator';

const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;

/** The settings of the gateway; every field is an environment variable with the prefix HOOKYARD_. */
export class GatewaySettings {
  @Setting('Where the REST API listens. `0.0.0.0` for every network of the machine.')
  @IsNotEmpty()
  readonly host: string = '127.0.0.1';

  @Setting('The port of the REST API; 0 for any free one.')
  @IsInt() @Min(0) @Max(65_535)
  readonly port: number = 8_080;

  @Setting('Largest payload of one event, in bytes.')
  @IsInt() @Min(kibibyte) @Max(16 * mebibyte)
  readonly gatewayMaxEventBytes: number = mebibyte;

  @Setting('Largest request with events, in bytes.')
  @IsInt() @Min(2 * kibibyte) @Max(64 * mebibyte)
  readonly gatewayMaxBatchBytes: number = 16 * mebibyte;

  @Setting('Most events in one request.')
  @IsInt() @Min(1) @Max(10_000)
  readonly gatewayMaxBatchEvents: number = 1_000;

  @Setting('Bytes of event requests that may be in hand at once; beyond that, producers are told to wait (429).')
  @IsInt() @Min(mebibyte) @Max(4_096 * mebibyte)
  readonly gatewayMaxBytesInHand: number = 64 * mebibyte;

  @Setting('Accepted events that may wait for the matcher; beyond that, producers are told to wait (429).')
  @IsInt() @Min(1) @Max(100_000_000)
  readonly gatewayMaxUnmatchedEvents: number = 50_000;

  @Setting('Matched messages that may wait for the dispatcher; beyond that, producers are told to wait (429).')
  @IsInt() @Min(1) @Max(100_000_000)
  readonly gatewayMaxUnsentMessages: number = 50_000;

  @Setting('Attempts that may wait to be recorded in the delivery log; beyond that, producers are told to wait (429).')
  @IsInt() @Min(1) @Max(100_000_000)
  readonly gatewayMaxUnrecordedAttempts: number = 100_000;

  @Setting('Deliveries that may wait for their endpoints, over all webhooks: retries and backlogs; beyond that, producers are told to wait (429). It bounds the disk that backlogs take.')
  @IsInt() @Min(1) @Max(100_000_000)
  readonly gatewayMaxWaitingDeliveries: number = 5_000_000;

  @Setting('How often it is looked how much waits behind the intake, in milliseconds.')
  @IsInt() @Min(50) @Max(60_000)
  readonly gatewayPressureSampleMs: number = 500;

  @Setting('Just accepted events that are remembered, to recognise repeats at once.')
  @IsInt() @Min(1_000) @Max(10_000_000)
  readonly gatewayRecentEvents: number = 50_000;

  @Setting('How long a client may take to send one whole request, in milliseconds.')
  @IsInt() @Min(1_000) @Max(600_000)
  readonly gatewayRequestTimeoutMs: number = 30_000;
}

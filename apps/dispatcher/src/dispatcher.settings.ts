import { Setting } from '@hookyard/runtime';
import { IsInt, Max, Min, registerDecorator } from 'class-validator';
import { parseNetwork } from './net/special-ranges.ts';

/** The settings of the dispatcher; every field is an environment variable with the prefix HOOKYARD_. */
export class DispatcherSettings {
  @Setting('Special-purpose networks (CIDR) that deliveries may reach; every other private, local or reserved address is denied', { range: 'CIDR blocks or addresses' })
  @AreNetworks()
  readonly allowedNetworks: readonly string[] = [];

  @Setting('Deliveries in flight at once, over all webhooks; after a crash at most this many are sent again')
  @IsInt() @Min(1) @Max(10_000)
  readonly dispatcherConcurrency: number = 256;

  @Setting('Requests on their way to one webhook at once')
  @IsInt() @Min(1) @Max(1_000)
  readonly dispatcherLaneConcurrency: number = 8;

  @Setting('Deliveries of one webhook kept in memory; the others wait in the due queue')
  @IsInt() @Min(1) @Max(100_000)
  readonly dispatcherLaneMemory: number = 4_096;

  @Setting('Memory for deliveries of all webhooks, MiB; beyond it they wait in the due queue')
  @IsInt() @Min(1) @Max(16_384)
  readonly dispatcherMemoryMib: number = 128;

  @Setting('Milliseconds that a delivery should wait in memory at most; what would take longer waits in the due queue')
  @IsInt() @Min(50) @Max(60_000)
  readonly dispatcherPatienceMs: number = 2_000;

  @Setting('Connections to one origin')
  @IsInt() @Min(1) @Max(1_000)
  readonly dispatcherConnectionsPerOrigin: number = 64;

  @Setting('Origins whose connections are kept open though nothing is on its way to them')
  @IsInt() @Min(1) @Max(100_000)
  readonly dispatcherIdleOrigins: number = 500;

  @Setting('Milliseconds until a connection must stand, if the time of the whole attempt is not shorter')
  @IsInt() @Min(100) @Max(60_000)
  readonly dispatcherConnectTimeoutMs: number = 10_000;

  @Setting('Milliseconds that requests on their way may take to end when the service stops; later ones are sent again after the start')
  @IsInt() @Min(0) @Max(60_000)
  readonly dispatcherDrainMs: number = 8_000;
}

function AreNetworks(): PropertyDecorator {
  return (prototype, key) =>
    registerDecorator({
      name: 'areNetworks',
      target: prototype.constructor,
      propertyName: String(key),
      validator: {
        validate: (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string' && isNetwork(each)),
        defaultMessage: () => '$property must be a list of networks such as 10.0.0.0/8 or ::1/128',
      },
    });
}

function isNetwork(text: string): boolean {
  try {
    parseNetwork(text);
    return true;
  } catch {
    return false;
  }
}

import { type LogLevel, logLevels, Setting } from '@hookyard/runtime';
import { IsIn, IsInt, IsNotEmpty, IsOptional, Matches, Max, Min, MinLength } from 'class-validator';

export const engines = ['embedded', 'cluster', 'memory'] as const;
export type EngineName = (typeof engines)[number];

/** What every process needs to know, whichever services run in it. */
export class PlatformSettings {
  @Setting('Where messages, streams, read models and due work are kept. `embedded`: in the data folder. `cluster`: on Kafka, EventStoreDB and MongoDB. `memory`: nowhere, for trying things out; all is lost at the end.')
  @IsIn(engines)
  readonly engine: EngineName = 'embedded';

  @Setting('The folder that holds all data, the master key and the administrator\'s token. Created when missing. A service that runs as a process of its own uses none.')
  @IsNotEmpty()
  readonly dataFolder: string = './data';

  @Setting('Partitions of every shared topic: how far the work can be spread. Fixed at the first start.')
  @IsInt() @Min(1) @Max(256)
  readonly partitions: number = 8;

  @Setting('Days that events, deliveries and attempts are kept as messages, to be replayed.')
  @IsInt() @Min(1) @Max(3_650)
  readonly retentionDays: number = 30;

  @Setting('The key under which secrets are encrypted: 32 bytes as base64. Without it, one is generated into the file `master.key` of the data folder. The processes of a cluster must be given the same one.', { secret: true, range: '44 characters of base64' })
  @IsOptional() @Matches(/^[A-Za-z0-9+/]{43}=$/, { message: '$property must be 32 bytes as base64 (44 characters)' })
  readonly masterKey?: string;

  @Setting('The administrator\'s bearer token. Without it, one is generated into the file `admin-token` of the data folder. The gateway of a cluster must be given one.', { secret: true, range: 'at least 20 characters' })
  @IsOptional() @MinLength(20) @Matches(/^[A-Za-z0-9\-._~+/]+=*$/, { message: '$property must consist of the characters that a bearer token may have' })
  readonly adminToken?: string;

  @Setting('How much is logged.')
  @IsIn(logLevels)
  readonly logLevel: LogLevel = 'info';
}

/** Health and metrics of a service that runs as a process of its own. */
export class OpsSettings {
  @Setting('Where a service process of its own serves its health and metrics.')
  @IsNotEmpty()
  readonly opsHost: string = '127.0.0.1';

  @Setting('The port of health and metrics; 0 for any free one.')
  @IsInt() @Min(0) @Max(65_535)
  readonly opsPort: number = 9_090;
}

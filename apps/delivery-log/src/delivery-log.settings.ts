import { Setting } from '@hookyard/runtime';
import { IsInt, Max, Min } from 'class-validator';

/** The settings of delivery-log; every field is an environment variable with the prefix HOOKYARD_. */
export class DeliveryLogSettings {
  @Setting('Days that deliveries and attempts are kept after the last thing that happened to them')
  @IsInt()
  @Min(1)
  @Max(3_650)
  readonly historyDays: number = 30;

  @Setting('Seconds between two sweeps for expired history')
  @IsInt()
  @Min(1)
  @Max(86_400)
  readonly historySweepSeconds: number = 60;

  @Setting('Projects whose place in the ledger is kept in memory')
  @IsInt()
  @Min(100)
  @Max(1_000_000)
  readonly ledgerRememberedProjects: number = 10_000;
}

import { Setting } from '@hookyard/runtime';
import { IsInt, Max, Min } from 'class-validator';

/** The settings of matcher; every field is an environment variable with the prefix HOOKYARD_. */
export class MatcherSettings {
  @Setting('Days that an accepted event is known: that it can be listed and explained, and that a repeat of it is ignored')
  @IsInt()
  @Min(1)
  @Max(3_650)
  readonly eventDays: number = 30;

  @Setting('Seconds between two sweeps for expired events')
  @IsInt()
  @Min(1)
  @Max(86_400)
  readonly eventSweepSeconds: number = 60;

  @Setting('Webhooks that one explanation of an event speaks of, at most')
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly explainedWebhooks: number = 5_000;
}

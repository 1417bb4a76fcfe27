import { Setting } from '@hookyard/runtime';
import { IsInt, Max, Min } from 'class-validator';

/** The settings of subscriptions; every field is an environment variable with the prefix HOOKYARD_. */
export class SubscriptionsSettings {
  @Setting('Webhooks and projects whose state is kept in memory, so that a change need not read their whole stream')
  @IsInt()
  @Min(100)
  @Max(1_000_000)
  readonly subscriptionsRememberedStreams: number = 10_000;
}

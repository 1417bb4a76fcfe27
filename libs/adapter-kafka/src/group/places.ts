import type { TopicPartition } from '@hookyard/ports';

/** One text for each place, to look it up by. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition}:${topic}`;
}

/** Places by topic, as Kafka's requests want them. */
export function byTopic<Place extends { readonly topic: string }>(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, Place[]>();
  for (const place of places) {
    const together = found.get(place.topic);
    if (together === undefined) found.set(place.topic, [place]);
    else together.push(place);
  }
  return found;
}

import { streamStates } from '@hookyard/event-sourcing';
import type { EventStore, ReadModels, RecordedEvent } from '@hookyard/ports';
import { byName } from './definitions.ts';
import { dialects } from './dialects.generated.ts';
import { projectProjection } from './project-projection.ts';
import { openProjector, shownUpTo, type Projector, type ProjectorPorts } from './projector.ts';
import { entriesOf, type Entry, type StreamProjection } from './stream-projection.ts';
import { webhookProjection } from './webhook-projection.ts';

/** Streams of one kind, and what this service shows of them, for whoever shows it anew beside the service. */
export type ShownStreams = Pick<StreamProjection<never, never>, 'topic' | 'streamPrefix' | 'collections'> & {
  /** From facts, in the order of the store, to what they changed. At most `maxStreams` states are remembered. */
  reader(store: EventStore, maxStreams: number): (facts: readonly RecordedEvent[]) => Promise<readonly Entry[]>;
  /** The position of the store up to which the service has shown everything; −1 when it has shown nothing. */
  shownUpTo(models: ReadModels): Promise<number>;
  /** The service's own projector. */
  projector(ports: ProjectorPorts, maxStreams: number): Promise<Projector>;
};

export const shownStreams: readonly ShownStreams[] = [shown(webhookProjection(byName(dialects))), shown(projectProjection)];

function shown<State, Fact>(projection: StreamProjection<State, Fact>): ShownStreams {
  const { topic, streamPrefix, collections } = projection;
  return {
    topic,
    streamPrefix,
    collections,
    reader(store, maxStreams) {
      const states = streamStates(store, projection.evolver, maxStreams);
      return async (facts) => entriesOf(projection, await states.after(facts), facts);
    },
    shownUpTo: (models) => shownUpTo(models, projection),
    projector: (ports, maxStreams) => openProjector(ports, projection, maxStreams),
  };
}

import { streamNameFilter, type AllStreamResolvedEvent, type EventStoreDBClient, type Filter, type Position } from '@eventstore/db-client';
import type { RecordedEvent } from '@hookyard/ports';
import { numberOf, positionOf, recordedEvent } from './mapping.ts';

export type FeedHandlers = {
  readonly onEvent: (event: RecordedEvent) => void;
  /** Every event asked for up to here has been given. */
  readonly onCheckpoint: (position: number) => void;
  /** Every event asked for that was there has been given; what comes now is new. */
  readonly onCaughtUp: () => void;
  /** It is over, and does not resume by itself. */
  readonly onEnd: (error: Error) => void;
};

/** Events in position order, as they come. */
export interface Feed {
  pause(): void;
  resume(): void;
  /** Nothing is told any more. */
  readonly close: () => void;
}

// How many events the server looks at in one step, and after how many that do not fit it tells a checkpoint.
const searchWindow = 500;

/** A catch-up subscription to everything, filtered by the server. */
export function openFeed(db: EventStoreDBClient, from: { readonly after: number | undefined; readonly streamPrefix: string }, handlers: FeedHandlers): Feed {
  let isOver = false;
  const marks: (() => void)[] = [];
  const subscription = db.subscribeToAll({
    fromPosition: positionOf(from.after),
    filter: filterOf(from.streamPrefix, ({ commit }) => mark(() => handlers.onCheckpoint(numberOf(commit)))),
    requiresLeader: true,
  });

  // Checkpoints and the like are told when they arrive, while events before them may still lie in the stream's buffer: they wait for those.
  function mark(tell: () => void): void {
    marks.push(tell);
    tellMarks();
  }

  function tellMarks(): void {
    if (subscription.readableLength > 0) return;
    for (const tell of marks.splice(0)) if (!isOver) guarded(tell);
  }

  function guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function end(error: Error): void {
    if (isOver) return;
    isOver = true;
    handlers.onEnd(error);
  }

  subscription.on('data', (resolved: AllStreamResolvedEvent) => {
    if (isOver) return;
    guarded(() => {
      const event = recordedEvent(resolved);
      if (event !== undefined) handlers.onEvent(event);
    });
    tellMarks();
  });
  subscription.on('caughtUp', () => mark(handlers.onCaughtUp));
  // Without a listener the process dies; errors may still come after the end.
  subscription.on('error', end);
  subscription.on('end', () => end(new Error('the server ended the subscription')));

  return {
    pause: () => void subscription.pause(),
    resume: () => void subscription.resume(),
    close() {
      isOver = true;
      subscription.unsubscribe().catch(() => {});
    },
  };
}

function filterOf(streamPrefix: string, checkpointReached: (position: Position) => void): Filter {
  const common = { maxSearchWindow: searchWindow, checkpointInterval: 1, checkpointReached: (_: unknown, position: Position) => checkpointReached(position) };
  return streamPrefix === '' ? streamNameFilter({ regex: '^[^$]', ...common }) : streamNameFilter({ prefixes: [streamPrefix], ...common });
}

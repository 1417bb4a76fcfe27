// Written by `npm run sync` from the files under src/events.
import type { CatalogueEvent } from '@hookyard/dialect';
import { event as ping } from './events/ping.ts';

export const events: readonly CatalogueEvent[] = [ping];

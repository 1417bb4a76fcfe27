// Written by `npm run sync` from the files under src/events.
import type { CatalogueEvent } from '@hookyard/dialect';

export const events: readonly CatalogueEvent[] = [];

// Written by `npm run sync` from the folders under libs/dialects.
import type { AnyDialect } from '@hookyard/dialect';
import { native } from '@hookyard/dialect-native';

export const dialects: readonly AnyDialect[] = [native];

// Written by `npm run sync` from the folders under libs/dialects.
import type { AnyDialect } from '@hookyard/dialect';
import type { Type } from '@nestjs/common';
import { native } from '@hookyard/dialect-native';
import { NativeHttpModule } from '@hookyard/dialect-native-http';

export const dialects: readonly AnyDialect[] = [native];

export const httpModules: readonly Type[] = [NativeHttpModule];

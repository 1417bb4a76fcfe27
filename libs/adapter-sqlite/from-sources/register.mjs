/**
 * Lets plain Node.js run this package from its TypeScript sources: `node --import ./from-sources/register.mjs --conditions=@hookyard/source x.mjs`.
 * For tests alone: the writer thread under Jest, and the process that a test kills. What is built never loads it.
 */
import { register } from 'node:module';
// Held in this thread too: the process crashes when the last thread that loaded this native addon ends before it does.
import '@swc/core';

register(new URL('./loader.mjs', import.meta.url));

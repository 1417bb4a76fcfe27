export { openSqliteEngine, type SqliteEngine, type SqliteEngineOptions } from './engine.ts';

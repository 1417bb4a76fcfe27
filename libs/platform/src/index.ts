export { ClusterSettings } from './cluster.settings.ts';
export type { DataFolder } from './data-folder.ts';
export { OpsSettings, PlatformSettings } from './platform.settings.ts';
export type { Platform } from './platform.ts';
export { runAll, runService, startAll } from './run.ts';
export type { Running, RunOptions } from './run.ts';
export { serviceName } from './service.ts';
export type { Service, ServiceModule } from './service.ts';
export { StartRefused } from './start-refused.ts';

import type { Running } from '@hookyard/platform';

/** What a person who has just started Hookyard needs to know. Never the administrator's token itself. */
export function readyLines({ url, platform, settings }: Pick<Running, 'url' | 'platform' | 'settings'>): readonly string[] {
  const { path, adminTokenFile } = platform.folder;
  const data = settings.engine === 'memory' ? 'in memory only: all is lost at the end' : path;
  const token = adminTokenFile === null ? 'the one in HOOKYARD_ADMIN_TOKEN' : `cat ${adminTokenFile}`;
  return [
    'Hookyard is ready.',
    `  API      ${url}/v1`,
    `  Docs     ${url}/docs`,
    `  Health   ${url}/health/ready`,
    `  Data     ${data}`,
    `  Token    ${token}   (the administrator's)`,
    'Deliveries to this machine are allowed; HOOKYARD_ALLOWED_NETWORKS says which special networks are.',
    'Ctrl-C stops it.',
  ];
}

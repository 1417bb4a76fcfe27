import type { DataFolder, Running } from '@hookyard/platform';

type Ready = Pick<Running, 'url' | 'settings'> & { readonly folder: Pick<DataFolder, 'path' | 'adminTokenFile'> };

const elsewhere: Partial<Record<Running['settings']['engine'], string>> = {
  memory: 'in memory only: all is lost at the end',
  cluster: 'in Kafka, EventStoreDB and MongoDB',
};

/** What a person who has just started Hookyard needs to know. Never the administrator's token itself. */
export function readyLines({ url, folder: { path, adminTokenFile }, settings }: Ready): readonly string[] {
  const data = elsewhere[settings.engine] ?? path;
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

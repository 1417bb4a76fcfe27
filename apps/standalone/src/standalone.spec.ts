import { readFileSync } from 'node:fs';
import { nodeProblem, oldestNode } from './node-version.ts';
import { readyLines } from './ready-lines.ts';

const running = (adminTokenFile: string | null, engine: 'embedded' | 'memory' = 'embedded') =>
  ({
    url: 'http://127.0.0.1:8080',
    folder: { path: '/data', adminToken: 'hya_never-shown', adminTokenFile },
    settings: { engine },
  }) as unknown as Parameters<typeof readyLines>[0];

describe('the host', () => {
  it('runs on the Node.js versions that package.json names, and says so to older ones', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { engines: { node: string } };
    expect(engines.node).toBe(`>=${oldestNode}`);
    expect(['20.19.0', '20.20.2', '22.1.0', '100.0.0'].map(nodeProblem)).toEqual([null, null, null, null]);
    expect(nodeProblem('20.18.3')).toBe('Hookyard needs Node.js 20.19.0 or later; this is 20.18.3.');
    expect(nodeProblem('18.20.0')).not.toBeNull();
  });

  it('says where everything is, and how to read the token without showing it', () => {
    const lines = readyLines(running('/data/admin-token')).join('\n');
    expect(lines).toContain('API      http://127.0.0.1:8080/v1');
    expect(lines).toContain('cat /data/admin-token');
    expect(lines).not.toContain('hya_never-shown');
    expect(readyLines(running(null, 'memory')).join('\n')).toContain('in memory only');
  });
});

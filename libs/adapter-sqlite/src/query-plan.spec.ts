import type { CollectionSpec, Query } from '@hookyard/ports';
import { createCollectionSql, createIndexSql } from './collection-tables.ts';
import { openDatabase, text, type SqlValue } from './driver.ts';
import { planCount, planQuery } from './query-plan.ts';

const spec: CollectionSpec = {
  name: 'deliveries_v1',
  fields: { project: 'string', webhook: 'string', status: 'string', createdAt: 'number', labels: 'strings' },
  indexes: [
    [['project', 'asc'], ['createdAt', 'desc']],
    [['project', 'asc'], ['status', 'asc'], ['createdAt', 'desc']],
    [['webhook', 'asc'], ['createdAt', 'desc']],
  ],
};

describe('the plan of a query', () => {
  const db = openDatabase(':memory:');
  db.exec(createCollectionSql(1, Object.keys(spec.fields)));
  for (const index of spec.indexes) db.exec(createIndexSql(1, index));
  afterAll(() => db.close());

  function explained(query: Partial<Query> & { readonly after?: readonly SqlValue[] }): string {
    const plan = planQuery(1, spec, { limit: 50, now: 0, ...query });
    return db.prepare(`EXPLAIN QUERY PLAN ${plan.sql}`).all(...plan.values).map(([, , , detail]) => text(detail)).join('\n');
  }

  const ofProject = { field: 'project', op: 'eq', value: 'p' } as const;
  const newestFirst: Query['sort'] = [['createdAt', 'desc']];

  it('walks the index that fixes the condition and has the order', () => {
    expect(explained({ where: [ofProject], sort: newestFirst })).toBe('SEARCH documents_1 USING INDEX documents_1_by_project_asc_createdAt_desc (f_project=?)');
  });

  it('walks it the other way round for the opposite order', () => {
    const plan = explained({ where: [ofProject], sort: [['createdAt', 'asc']] });
    expect(plan).toBe('SEARCH documents_1 USING INDEX documents_1_by_project_asc_createdAt_desc (f_project=?)');
  });

  it('enters the index at the cursor, on any page', () => {
    const plan = explained({ where: [ofProject], sort: newestFirst, after: [1_000, 'id'] });
    expect(plan).toContain('createdAt_desc (f_project=? AND f_createdAt<?)');
    expect(plan).not.toContain('SCAN');
    expect(plan).not.toContain('USE TEMP B-TREE');
  });

  it('uses the most fixed fields, and bounds in the order', () => {
    const plan = explained({
      where: [{ field: 'status', op: 'eq', value: 'failed' }, { field: 'createdAt', op: 'gte', value: 5 }, { field: 'createdAt', op: 'lt', value: 9 }, ofProject],
      sort: newestFirst,
    });
    expect(plan).toBe('SEARCH documents_1 USING INDEX documents_1_by_project_asc_status_asc_createdAt_desc (f_project=? AND f_status=? AND f_createdAt>? AND f_createdAt<?)');
  });

  it('merges one walk for each value of an `in`, without sorting', () => {
    const plan = explained({ where: [ofProject, { field: 'status', op: 'in', value: ['failed', 'retrying', 'pending'] }], sort: newestFirst });
    expect(plan.match(/\(f_project=\? AND f_status=\?\)/g)).toHaveLength(3);
    expect(plan).toContain('MERGE (UNION ALL)');
    expect(plan).not.toContain('USE TEMP B-TREE');
  });

  it('pages by id without sorting', () => {
    expect(explained({ after: ['id'] })).toBe('SEARCH documents_1 USING INDEX documents_1_by_id (id>?)');
  });

  it('looks at labels only within what the index finds', () => {
    const plan = explained({ where: [ofProject, { field: 'labels', op: 'has', value: 'x' }], sort: newestFirst });
    expect(plan).toContain('SEARCH documents_1 USING INDEX documents_1_by_project_asc_createdAt_desc (f_project=?)');
    expect(plan).not.toContain('USE TEMP B-TREE');
  });

  it('counts from an index alone', () => {
    const plan = planCount(1, spec, [ofProject], 0);
    const detail = db.prepare(`EXPLAIN QUERY PLAN ${plan.sql}`).all(...plan.values).map(([, , , each]) => text(each)).join('\n');
    expect(detail).toMatch(/USING COVERING INDEX \S+ \(f_project=\?\)/);
    expect(detail).toContain('USING INDEX documents_1_by_expiry (expires_at>? AND expires_at<?)');
  });
});

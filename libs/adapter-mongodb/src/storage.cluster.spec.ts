import type { Collection, CollectionSpec, Document } from '@hookyard/ports';
import { expectFault, freshName } from '@hookyard/ports/testing';
import type { Db } from 'mongodb';
import { mongoForTests } from './mongo-harness.ts';

describe('what lies on the server', () => {
  const mongo = mongoForTests();
  afterAll(() => mongo.end());

  const spec = (options: Partial<CollectionSpec> = {}): CollectionSpec => ({
    name: freshName('stored'),
    fields: { project: 'string', at: 'number', tags: 'strings' },
    indexes: [[['project', 'asc'], ['at', 'desc']]],
    ...options,
  });

  async function db(): Promise<Db> {
    return (await mongo.driver()).db(mongo.database);
  }

  async function documentsOf(name: string): Promise<string> {
    const registered = await (await db()).collection<{ readonly _id: string; readonly documents: string }>('collections').findOne({ _id: name });
    return registered?.documents ?? '';
  }

  describe('indexes', () => {
    const keysOf = async (name: string) => {
      const found = await (await db()).collection(await documentsOf(name)).listIndexes().toArray();
      return Object.fromEntries(found.map((index) => [index['name'] as string, Object.entries(index['key'] as Document)]));
    };

    it('are made when a collection is opened, the id at the end of each, with one for what expires', async () => {
      const { readModels } = await mongo.open();
      const wanted = spec();
      await readModels.collection(wanted);
      expect(await keysOf(wanted.name)).toEqual({
        _id_: [['_id', 1]],
        expiry: [['e', 1]],
        project_asc_at_desc: [['f.project', 1], ['f.at', -1], ['_id', -1]],
      });
    });

    it('are added when a newer build declares more, which the operator is told, and those of others stay', async () => {
      const warnings: string[] = [];
      const { readModels } = await mongo.open({ onWarning: (warning) => warnings.push(warning) });
      const wanted = spec({ indexes: [] });
      await readModels.collection(wanted);
      await (await db()).collection(await documentsOf(wanted.name)).createIndex({ 'f.at': 1, r: 1 }, { name: 'of_the_operator' });
      expect(warnings).toEqual([]);
      await readModels.collection({ ...wanted, indexes: [[['tags', 'asc']]] });
      expect(Object.keys(await keysOf(wanted.name)).sort()).toEqual(['_id_', 'expiry', 'of_the_operator', 'tags_asc']);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('tags_asc');
    });

    it('are refused when one differs from what it should be, by name or by what it allows', async () => {
      const { readModels } = await mongo.open();
      const named = spec({ indexes: [] });
      await readModels.collection(named);
      await (await db()).collection(await documentsOf(named.name)).createIndex({ 'f.at': 1 }, { name: 'project_asc_at_desc' });
      const opening = readModels.collection({ ...named, indexes: spec().indexes });
      await expectFault(opening, 'collection_mismatch');
      await expect(opening).rejects.toThrow(/project_asc_at_desc.*Drop it/);

      const unique = spec({ indexes: [] });
      await readModels.collection(unique);
      await (await db()).collection(await documentsOf(unique.name)).createIndex({ 'f.at': 1, _id: 1 }, { name: 'one_each', unique: true });
      await expectFault(readModels.collection({ ...unique, indexes: [[['at', 'asc']]] }), 'collection_mismatch');
    });
  });

  describe('documents', () => {
    const roundTrip = async (collection: Collection<Document>, document: Document) => {
      await collection.upsert([{ id: 'a', revision: 1, document }]);
      return JSON.stringify((await collection.get('a'))?.document);
    };

    it('come back as they went in, whatever their keys mean to a database, in the order of their keys', async () => {
      const { readModels } = await mongo.open();
      const text = '{"z":1,"$set":{"a.b":[{"$gt":1}]},"":0,"_id":"x","__proto__":{"x":1},"a":12345678901234567890,"deep.er":null,"2":1.10}';
      const document = JSON.parse(text) as Document;
      expect(await roundTrip(await readModels.collection(spec()), document)).toBe(JSON.stringify(document));
    });

    it('are found by fields with any name', async () => {
      const { readModels } = await mongo.open();
      const fields = { 'a.b': 'string', $where: 'number', '%2e': 'boolean', __proto__x: 'string' } as const;
      const collection = await readModels.collection(spec({ fields, indexes: [[['a.b', 'asc'], ['$where', 'desc']]] }));
      await collection.upsert([{ id: 'a', revision: 1, document: { 'a.b': 'x', $where: 2, '%2e': true } }, { id: 'b', revision: 1, document: { a: { b: 'x' }, $where: 3 } }]);
      const ids = async (field: string, value: string | number | boolean) => (await collection.query({ where: [{ field, op: 'eq', value }], sort: [['$where', 'desc']], limit: 9 })).items.map(({ id }) => id);
      expect(await ids('a.b', 'x')).toEqual(['a']);
      expect(await ids('$where', 3)).toEqual(['b']);
      expect(await ids('%2e', true)).toEqual(['a']);
    });

    it('have no value for a field of another type', async () => {
      const { readModels } = await mongo.open();
      const collection = await readModels.collection<Document>(spec());
      await collection.upsert([{ id: 'a', revision: 1, document: { project: 5, at: '5', tags: 'x' } }, { id: 'b', revision: 1, document: { project: 'x', at: 5, tags: ['x', 7, null] } }]);
      expect(await collection.count([{ field: 'project', op: 'gte', value: '' }])).toBe(1);
      expect(await collection.count([{ field: 'at', op: 'gt', value: 0 }])).toBe(1);
      expect(await collection.count([{ field: 'tags', op: 'has', value: 'x' }])).toBe(1);
      expect(await collection.count([{ field: 'at', op: 'eq', value: '5' }])).toBe(0);
    });

    it('are refused when they are larger than the server takes', async () => {
      const { readModels } = await mongo.open();
      const collection = await readModels.collection<Document>(spec());
      const large = { id: 'large', revision: 1, document: { text: 'x'.repeat(16_000_001) } };
      await expectFault(collection.upsert([{ id: 'small', revision: 1, document: {} }, large]), 'payload_too_large');
      expect(await collection.count()).toBe(0);
    });
  });

  it('keeps a collection that was made anew free of what others write into the one that was dropped', async () => {
    const { readModels } = await mongo.open();
    const wanted = spec();
    const old = await readModels.collection(wanted);
    await readModels.drop(wanted.name);
    const fresh = await readModels.collection(wanted);
    await old.upsert([{ id: 'late', revision: 1, document: {} }]);
    expect(await fresh.count()).toBe(0);
    expect(await readModels.names()).toEqual(expect.arrayContaining([wanted.name]));
  });

  it('answers lanes that are longer than what is read at once, among many short ones', async () => {
    const { dueQueue } = await mongo.open();
    const lanes = [...Array.from({ length: 60 }, (_, at) => [`short-${String(at).padStart(2, '0')}`, 1 + (at % 3)] as const), ['a-long', 300], ['t-longer', 600], ['z-last', 256]] as const;
    const items = lanes.flatMap(([lane, waiting]) =>
      Array.from({ length: waiting }, (_, at) => ({ id: `${lane}-${at}`, partition: 3, lane, dueAt: 1_000 - at, order: 0, revision: 1, value: Buffer.alloc(1) })),
    );
    await dueQueue.put(items);
    const expected = lanes.map(([lane, waiting]) => ({ lane, nextDueAt: 1_001 - waiting, waiting })).sort((a, b) => (a.lane < b.lane ? -1 : 1));
    expect(await dueQueue.lanes(3, { limit: 1_000 })).toEqual(expected);
    expect(await dueQueue.lanes(3, { after: 'a-long', limit: 2 })).toEqual(expected.slice(1, 3));
    expect(await dueQueue.lanes(3, { after: 't', limit: 1 })).toEqual(expected.slice(-2, -1));
    expect(await dueQueue.count([3])).toBe(items.length);
  });
});

import { newestWrites } from './projection.ts';

describe('the newest writes', () => {
  it('keep one for each id: the greatest revision, and of equals the first', () => {
    const writes = [
      { id: 'a', revision: 1, document: 'a1' },
      { id: 'b', revision: 5, document: 'b5' },
      { id: 'a', revision: 3, document: 'a3' },
      { id: 'b', revision: 5, document: 'b5 again' },
      { id: 'a', revision: 2, document: 'a2' },
    ];
    expect(newestWrites(writes).map(({ document }) => document)).toEqual(['a3', 'b5']);
  });
});

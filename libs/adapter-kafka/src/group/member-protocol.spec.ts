import { decoder } from '../connection/kafkajs.ts';
import { decodeAssignment, decodeClaim, encodeAssignment, encodeClaim } from './member-protocol.ts';

const owned = [{ topic: 'events', partition: 0 }, { topic: 'events', partition: 11 }, { topic: 'höök', partition: 2 }];

describe('what a member tells its leader', () => {
  it('comes back as it went in', () => {
    const claim = { topics: ['events', 'höök'], owned, generation: 41 };
    expect(decodeClaim('a', encodeClaim(claim, ['pre.events']))).toEqual({ memberId: 'a', ...claim });
  });

  it('shows the servers, in their own form, the topics whose positions they must keep', () => {
    const read = decoder(encodeClaim({ topics: ['events'], owned: [], generation: -1 }, ['pre.events', 'pre.attempts']));
    expect([read.readInt16(), read.readArray((each) => each.readString())]).toEqual([0, ['pre.events', 'pre.attempts']]);
  });

  it('of another kind of member is passed over', () => {
    const foreign = decoder(encodeClaim({ topics: [], owned: [], generation: 0 }, []));
    expect(foreign.readInt16()).toBe(0);
    const withoutUserData = Buffer.from([0, 0, 0, 0, 0, 1, 0, 1, 0x74, 0, 0, 0, 0]);
    expect(decodeClaim('java', withoutUserData)).toBeUndefined();
  });
});

describe('what a leader assigns', () => {
  it('comes back as it went in', () => {
    const assignment = { partitions: owned, isPending: true, consumed: ['events', 'höök', 'other'] };
    expect(decodeAssignment(encodeAssignment(assignment, (topic) => `pre.${topic}`))).toEqual(assignment);
  });

  it('shows the servers the partitions by the names they have there', () => {
    const read = decoder(encodeAssignment({ partitions: owned, isPending: false, consumed: [] }, (topic) => `pre.${topic}`));
    const shown = [read.readInt16(), read.readArray((each) => [each.readString(), each.readArray((one) => one.readInt32())])];
    expect(shown).toEqual([0, [['pre.events', [0, 11]], ['pre.höök', [2]]]]);
  });

  it('may be nothing at all', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], isPending: false, consumed: [] });
  });
});

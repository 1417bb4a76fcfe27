import { packer, unpacker } from './bytes.ts';

function roundTrip(pack: (into: ReturnType<typeof packer>) => void, recycled?: ArrayBuffer) {
  const into = packer(recycled);
  pack(into);
  const { buffer, length } = into.take();
  return unpacker(buffer, length);
}

describe('packed bytes', () => {
  it('come out as they went in, in order', () => {
    const out = roundTrip((into) => {
      into.u8(255);
      into.u32(4_294_967_295);
      into.number(Number.MAX_SAFE_INTEGER);
      into.number(-1.5);
      into.text('');
      into.text('schlüssel 🔑 ж');
      into.bytes(Buffer.from([0, 255]));
      into.bytes(Buffer.alloc(0));
    });
    expect([out.u8(), out.u32(), out.number(), out.number()]).toEqual([255, 4_294_967_295, Number.MAX_SAFE_INTEGER, -1.5]);
    expect([out.text(), out.text()]).toEqual(['', 'schlüssel 🔑 ж']);
    expect([[...out.bytes()], [...out.bytes()]]).toEqual([[0, 255], []]);
  });

  it('outgrow the buffer they began in', () => {
    const large = Buffer.alloc(100_000, 'x');
    const out = roundTrip((into) => {
      into.u32(7);
      into.bytes(large);
      into.text('€'.repeat(50_000));
    }, new ArrayBuffer(8));
    expect(out.u32()).toBe(7);
    expect(out.bytes().equals(large)).toBe(true);
    expect(out.text()).toBe('€'.repeat(50_000));
  });

  it('can be corrected and cut off', () => {
    const out = roundTrip((into) => {
      into.u32(0);
      into.text('kept');
      const from = into.size();
      into.text('thought better of');
      into.cut(from);
      into.patchU32(0, into.size());
    });
    expect(out.u32()).toBe(12);
    expect(out.text()).toBe('kept');
    expect(out.at()).toBe(12);
  });
});

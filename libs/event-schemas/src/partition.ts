/**
 * The partition of a key: murmur2 as Kafka's default partitioner applies it, so that producers in any language
 * which leave the choice to their client reach the same partition.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

// Constants and steps: Austin Appleby's MurmurHash2 (32 bit), seed 0x9747b28c as in Apache Kafka.
function murmur2(bytes: Buffer): number {
  const multiplier = 0x5bd1e995;
  let hash = 0x9747b28c ^ bytes.length;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let part = Math.imul(bytes.readInt32LE(at), multiplier);
    part = Math.imul(part ^ (part >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ part;
  }
  const rest = bytes.length - whole;
  if (rest > 0) {
    for (let at = rest - 1; at >= 0; at -= 1) hash ^= (bytes[whole + at] ?? 0) << (8 * at);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

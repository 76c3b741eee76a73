import { bucketOf, OUTBOX_BUCKETS } from './bucket';

describe('bucketOf', () => {
  // Published test values of 32-bit FNV-1a (draft-eastlake-fnv, appendix), taken modulo 16.
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('puts %j where its FNV-1a hash says', (key, hash) => {
    expect(bucketOf(key)).toBe(hash % 16);
  });

  it('never changes the number of buckets, because queued events of one key would then lie in two', () => {
    expect(OUTBOX_BUCKETS).toBe(16);
  });

  it('spreads ids that differ in their last digits only', () => {
    const counts = new Array<number>(OUTBOX_BUCKETS).fill(0);
    for (let n = 0; n < 16_000; n++) {
      const bucket = bucketOf(`01a1f640-bc00-7000-8000-${n.toString(16).padStart(12, '0')}`);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(700);
    expect(Math.max(...counts)).toBeLessThan(1_300);
  });
});

import type { InboundRecord } from '../../platform/bus/inbound';

/**
 * Records of one key one after the other, of different keys at once. After one that rejects the later of its key are
 * left; the others are still done. Rejects when all have ended, with the first failure.
 */
export async function inLines(
  records: readonly InboundRecord[],
  work: (record: InboundRecord) => Promise<void>,
): Promise<void> {
  const lines = new Map<string, Promise<void>>();
  const all = records.map((record) => {
    const { key } = record;
    const before = key === undefined ? undefined : lines.get(key);
    const own = before === undefined ? work(record) : before.then(() => work(record));
    if (key !== undefined) lines.set(key, own);
    return own;
  });
  const ended = await Promise.allSettled(all);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Fixed for ever: changing it would break the order of events that are already queued (PITFALLS, "Outbox"). */
export const OUTBOX_BUCKETS = 16;

/** FNV-1a over the key's UTF-16 code units: every process must put one key's events into the same bucket. */
export function bucketOf(partitionKey: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < partitionKey.length; index++) {
    hash = Math.imul(hash ^ partitionKey.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % OUTBOX_BUCKETS;
}

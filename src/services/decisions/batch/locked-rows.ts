import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import type { DecisionRepository, LockedRow } from './decision.repository';
import type { PendingDecision } from './pending-decision';

const TAG_BYTES = 32;
const MAX_ROUNDS = 4;

/** The rows of one batch under lock, by the hex of the asked number's tag. */
export type LockedRows = ReadonlyMap<string, LockedRow>;

/**
 * Locks the subject of every asked number, admitting numbers never seen. A row counts only for the numbers that it
 * names itself: where a number moved to another subject while we waited for the lock, resolve and lock again.
 */
export async function lockRows(
  tx: Tx,
  repository: DecisionRepository,
  asked: readonly PendingDecision[],
  now: Instant,
): Promise<LockedRows> {
  const wanted = new Map<string, { tag: Buffer; e164: string }>();
  for (const { tag, e164 } of asked) {
    if (tag !== undefined && e164 !== undefined) wanted.set(tag.toString('hex'), { tag, e164 });
  }
  const found = new Map<string, LockedRow>();
  const seen = new Map<string, LockedRow>();
  for (let round = 0; found.size < wanted.size; round++) {
    if (round === MAX_ROUNDS)
      throw new Error('Numbers kept moving between subjects while a batch locked them.');
    const missing = [...wanted].filter(([hex]) => !found.has(hex)).map(([, number]) => number);
    if (round > 0) await repository.admit(tx, missing, now);
    const rows = await repository.lock(
      tx,
      missing.map((number) => number.tag),
    );
    for (const row of rows) {
      // A second look at a row that this transaction holds already must not forget the first.
      const held = seen.get(row.id) ?? row;
      seen.set(row.id, held);
      for (const hex of tagsOf(row)) if (wanted.has(hex)) found.set(hex, held);
    }
  }
  return found;
}

export function* tagsOf(row: { tags: Buffer }): Iterable<string> {
  for (let start = 0; start < row.tags.length; start += TAG_BYTES) {
    yield row.tags.toString('hex', start, start + TAG_BYTES);
  }
}

/** Like lockRows without locking: what a preview sees. Numbers never seen are simply absent. */
export async function readRows(
  tx: Tx,
  repository: DecisionRepository,
  asked: readonly PendingDecision[],
): Promise<LockedRows> {
  const tags = asked.flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
  const found = new Map<string, LockedRow>();
  for (const row of await repository.read(tx, tags)) {
    for (const hex of tagsOf(row)) found.set(hex, row);
  }
  return found;
}

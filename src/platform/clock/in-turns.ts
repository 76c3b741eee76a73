import { setImmediate as turn } from 'node:timers/promises';

/** Some milliseconds of sealing: whoever decides in the same process waits no longer than that. */
const ITEMS_A_TURN = 25;

/** Maps a long list without keeping the process from everything else that it does. */
export async function mapInTurns<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => R,
): Promise<R[]> {
  const mapped: R[] = [];
  for (const [index, item] of items.entries()) {
    if (index % ITEMS_A_TURN === ITEMS_A_TURN - 1) await turn();
    mapped.push(map(item, index));
  }
  return mapped;
}

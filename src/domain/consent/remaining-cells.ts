import type { WishScope } from '../decision/facts';
import type { Channel, ConsentPurpose } from '../decision/purpose';

/** Purposes by channels that a word speaks of. */
export interface Cells {
  purposes: ConsentPurpose[];
  channels: Channel[];
}

/** A later word that takes cells from an earlier one: wholly, or only for calls within `scope`. */
export interface LaterWord extends Cells {
  scope: WishScope | 'all';
}

/** Cells that are left, but for calls within `except`. */
export interface RemainingCells extends Cells {
  except: WishScope[];
}

/** What later words leave of an earlier one, in as many parts as it takes to write the cells as sets. */
export function remainingCells(cells: Cells, later: readonly LaterWord[]): RemainingCells[] {
  const parts = new Map<string, RemainingCells>();
  for (const purpose of cells.purposes) {
    for (const { channels, except } of channelsLeft(cells.channels, purpose, later)) {
      const key = JSON.stringify([channels, except]);
      const part = parts.get(key) ?? { purposes: [], channels, except };
      part.purposes.push(purpose);
      parts.set(key, part);
    }
  }
  return [...parts.values()];
}

/** The channels left of one purpose, those together that have the same exceptions. */
function channelsLeft(
  channels: readonly Channel[],
  purpose: ConsentPurpose,
  later: readonly LaterWord[],
): Omit<RemainingCells, 'purposes'>[] {
  const groups = new Map<string, Omit<RemainingCells, 'purposes'>>();
  for (const channel of channels) {
    const scopes = later
      .filter((word) => word.purposes.includes(purpose) && word.channels.includes(channel))
      .map((word) => word.scope);
    const narrower = scopes.filter((scope) => scope !== 'all');
    if (narrower.length < scopes.length) continue;
    const except = distinct(narrower);
    const key = JSON.stringify(except);
    const group = groups.get(key) ?? { channels: [], except };
    group.channels.push(channel);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Each once, in one order whatever the order of the words. */
function distinct(scopes: readonly WishScope[]): WishScope[] {
  const byText = new Map(scopes.map((scope) => [JSON.stringify(scope), scope]));
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, scope]) => scope);
}

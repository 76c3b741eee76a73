import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 5;
const DEADLINE_MS = 30_000;

/** Looks again until there is what is waited for, and gives it; fails, naming it, when it does not come. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}.`);
    await delay(LOOK_AGAIN_MS);
  }
}

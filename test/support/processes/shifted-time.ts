import { CLOCK } from '../../../src/platform/clock/clock';
import { DatabaseTime } from '../../../src/platform/clock/database-time';

/**
 * A working day in the middle of a window of the law, far from every holiday, so that what is tried in real time is
 * never refused by the hour at which somebody runs the tests.
 */
export const AFTERNOON = Date.parse('2026-07-01T14:00:00+08:00');

/** What must be added to the present for it to be `AFTERNOON`; from then on time goes on as it does. */
export const shiftToAfternoon = (): number => AFTERNOON - Date.now();

/** For `startApp`: the gateway's clock and its readings of the database's clock, shifted. */
export const shiftedProviders = (shift: number): { token: unknown; value: unknown }[] => [
  { token: CLOCK, value: { now: () => Date.now() + shift } },
  { token: DatabaseTime, value: { at: (reading: number) => reading + shift } },
];

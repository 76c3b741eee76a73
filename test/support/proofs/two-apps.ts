import { type Bank, openBank } from '../bank';
import { startApp, type TestApp } from '../app';
import { createTestDatabase, type TestDatabase } from '../database';
import type { HttpCaller } from '../http';
import { RecordAudit } from './record-audit';
import { shiftedProviders, shiftToAfternoon } from '../processes/shifted-time';

/** Two gateways in this process that share nothing but their database, and a bank that was set up at the first. */
export interface TwoApps {
  readonly database: TestDatabase;
  readonly first: TestApp;
  readonly second: TestApp;
  readonly bank: Bank;
  /** What both gateways add to every reading of a clock; 0 at a standing moment. */
  readonly shift: number;
  /** The same client at the second gateway. */
  atSecond(caller: HttpCaller): HttpCaller;
  /** What is not whole in the database, by the audit's own reading. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

/** At a standing moment where one is given, else in real time shifted to an afternoon at which calls are allowed. */
export async function startTwoApps(now?: string): Promise<TwoApps> {
  const database = await createTestDatabase();
  const shift = now === undefined ? shiftToAfternoon() : 0;
  const time = now === undefined ? { providers: shiftedProviders(shift) } : { now };
  await RecordAudit.witness(database.url);
  const first = await startApp({ ...time, database });
  const second = await startApp({ ...time, database, dataDir: first.dataDir });
  const bank = await openBank(first);
  return {
    database,
    first,
    second,
    bank,
    shift,
    atSecond: (caller) => second.as(caller.key ?? '').named(caller.id),
    faults: () => RecordAudit.faults(database.superuserUrl, first.config.kekFile),
    async close() {
      await second.close();
      await first.close();
      await database.drop();
    },
  };
}

import type { Stop } from '../../../domain/suppression/stops';
import type { Tx } from '../../../platform/database/database';
import type { PolicyStore } from '../../policies/policy-store';
import type { SettingsCache } from '../../settings/settings-cache';
import type { CallReader, StoredCall } from '../call.reader';
import { CallStops } from './call-stops';

const DECIDED = Date.UTC(2026, 10, 20, 2);
const STOP = {
  id: 'stop-1',
  scope: { kind: 'purpose', id: 'survey' },
  live: 'end',
  recordedAt: DECIDED + 1,
} as unknown as Stop;
const call = (callId: string): StoredCall =>
  ({ callId, outcome: 'allow', decidedAt: DECIDED }) as unknown as StoredCall;
const FACTS = {
  ask: { number: { kind: 'invalid' } },
  campaign: { purpose: 'marketing' },
  subject: { persons: [] },
};

function callStops(opened: (callId: string) => object): { stops: CallStops; logged: unknown[] } {
  const logged: unknown[] = [];
  const say = (fields: object): unknown => logged.push(fields);
  const stops = new CallStops(
    { current: () => ({ stops: () => [STOP] }) } as unknown as SettingsCache,
    {
      findAll: (_: Tx, ids: string[]) => Promise.resolve(ids.map(call)),
      payload: (_: Tx, { callId }: StoredCall) => Promise.resolve().then(() => opened(callId)),
    } as unknown as CallReader,
    { current: () => ({ subdivisions: new Map() }) } as unknown as PolicyStore,
    { debug: say, info: say, warn: say, error: say },
  );
  return { stops, logged };
}

describe('a decision whose record cannot be opened', () => {
  const damaged = (callId: string): object => {
    if (callId === 'damaged') throw new Error('cannot be opened');
    return { facts: FACTS };
  };
  const marks = new Map([
    ['damaged', 'a'],
    ['whole', 'b'],
  ]);

  it('is taken to be reached by every stop, and keeps no other from being judged', async () => {
    const { stops, logged } = callStops(damaged);
    const tx = { query: () => Promise.resolve([]) } as unknown as Tx;
    const marked = [...(await stops.mark(tx, marks))];
    expect(marked).toEqual([
      ['damaged', 'a/stop-1'],
      ['whole', 'b'],
    ]);
    await stops.mark(tx, marks);
    expect(logged).toMatchObject([{ callId: 'damaged' }]);
  });

  it('is not what a failing database makes of it', async () => {
    const { stops } = callStops(damaged);
    const tx = { query: () => Promise.reject(new Error('aborted')) } as unknown as Tx;
    await expect(stops.mark(tx, marks)).rejects.toThrow('aborted');
  });
});

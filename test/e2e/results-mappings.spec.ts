import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePointer, valuesAt } from '../../src/domain/results/pointer';
import { startApp, type TestApp } from '../support/app';
import { type Bank, openBank } from '../support/bank';
import { expectStatus } from '../support/http';
import { MAPPING, post, putMapping, vendorCall } from '../support/results';

const FOLDER = join(__dirname, '../../src/services/results/mappings');

interface Shipped {
  vendor: string;
  source: string;
  readOn: string;
  unconfirmed: string[];
  mapping: { example: Record<string, unknown>; labels: object };
}

const shipped = readdirSync(FOLDER).map((file): [string, Shipped] => [
  file,
  JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Shipped,
]);

describe('mappings that come with the gateway', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: '2026-11-20T10:01:00+08:00' });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  it('are two', () => expect(shipped.map(([file]) => file)).toEqual(['onbuka.json', 'udesk.json']));

  it.each(shipped)(
    '%s says where it was read and what of it is not confirmed',
    (_, { source, readOn, ...rest }) => {
      expect([new URL(source).protocol, Number.isNaN(Date.parse(readOn))]).toEqual(['https:', false]);
      for (const pointer of rest.unconfirmed) {
        expect([
          pointer,
          parsePointer(pointer) !== undefined,
          valuesAt(rest.mapping, pointer).length,
        ]).toEqual([pointer, true, 1]);
      }
    },
  );

  it.each(shipped)(
    '%s can be put, knows every word of its example, and reads a call by it',
    async (_, { mapping }) => {
      await putMapping(bank, mapping);
      const put = await bank.cast.marketing.put<{ example: object }>(MAPPING, mapping);
      expect(put.body.example).toEqual({ results: 1, lines: 2, unmappedLabels: 0 });
      const { callId, session } = await vendorCall(bank);
      expect(await post(bank.vendorDialer, { ...mapping.example, callId: session })).toEqual({
        results: [{ state: 'applied', callId }],
      });
      const call = await expectStatus<{ state: string; events: { type: string }[] }>(
        200,
        bank.vendorDialer.get(`/v1/calls/${callId}`),
      );
      expect([
        call.state,
        call.events.map(({ type }) => type).filter((type) => type !== 'human_requested'),
      ]).toEqual(['ended', ['answered', 'ended']]);
    },
  );

  it('are refused with the report of another vendor as their example', async () => {
    const [, onbuka] = shipped[0] ?? [];
    const [, udesk] = shipped[1] ?? [];
    const example = udesk?.mapping.example;
    const { status, body } = await bank.cast.marketing.put(MAPPING, { ...onbuka?.mapping, example });
    expect(status).toBe(422);
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/dialogue/lines', '/status/0', '/seconds']),
    );
  });
});

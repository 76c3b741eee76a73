import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { MAX_DATA_BYTES, readMessage, toMessage } from './cloud-event-message';
import type { BusEvent } from './event-bus';

interface Vector {
  id: string;
  headers: Record<string, string>;
  value?: string;
  valueHex?: string;
  event?: unknown;
  fault?: { code: string; id?: string; source?: string; errors?: string[] };
}

const file = join(__dirname, '../../../test/vectors/bus/cloud-event-messages.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const HEAD = { ce_specversion: '1.0', ce_type: 't.v1', ce_source: '/crm', ce_id: '1' };

describe('readMessage', () => {
  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const value =
      vector.valueHex === undefined
        ? Buffer.from(vector.value ?? '', 'utf8')
        : Buffer.from(vector.valueHex, 'hex');
    const read = readMessage({ headers: vector.headers, value });
    if ('event' in read) {
      expect(read.event).toEqual(vector.event);
      return;
    }
    const { code, id, source, errors } = read.fault;
    expect({ code, id, source, errors: errors?.map((error) => `${error.pointer} ${error.code}`) }).toEqual({
      id: undefined,
      source: undefined,
      errors: undefined,
      ...vector.fault,
    });
  });

  it('takes data of exactly the bound, and not one byte more, in both modes', () => {
    const text = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));
    const structured = (data: string): Buffer =>
      Buffer.from(`{"specversion":"1.0","type":"t.v1","source":"/crm","id":"1","data":${data}}`);
    for (const [bytes, outcome] of [
      [MAX_DATA_BYTES, undefined],
      [MAX_DATA_BYTES + 1, 'TOO_LARGE'],
    ] as const) {
      const binary = readMessage({ headers: HEAD, value: Buffer.from(text(bytes)) });
      expect('fault' in binary ? binary.fault.code : undefined).toBe(outcome);
      const whole = readMessage({
        headers: { 'content-type': 'application/cloudevents+json' },
        value: structured(text(bytes)),
      });
      expect('fault' in whole ? whole.fault.code : undefined).toBe(outcome);
    }
  });

  it('bounds every attribute', () => {
    const long = 'x'.repeat(2_000);
    for (const name of ['id', 'source', 'type', 'subject', 'anything']) {
      const read = readMessage({ headers: { ...HEAD, [`ce_${name}`]: long }, value: Buffer.from('{}') });
      expect('fault' in read ? read.fault.errors : undefined).toEqual([
        expect.objectContaining({ pointer: `/${name}`, code: 'LENGTH' }),
      ]);
    }
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`ce_x${n}`, 'y']));
    const read = readMessage({ headers: { ...HEAD, ...many }, value: Buffer.from('{}') });
    expect('fault' in read ? read.fault.errors?.map(({ code }) => code) : undefined).toEqual(['TOO_MANY']);
  });

  it('never throws and never repeats what it refuses', () => {
    const value = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    );
    const headers = fc.dictionary(
      fc.oneof(fc.constantFrom('content-type', 'ce_id', 'ce_time', 'ce_specversion'), fc.string()),
      fc.oneof(fc.constantFrom('1.0', 'application/cloudevents+json', 'application/json'), fc.string()),
    );
    fc.assert(
      fc.property(headers, value, (given, bytes) => {
        const read = readMessage({ headers: given, value: Buffer.from(bytes) });
        expect('event' in read || typeof read.fault.detail === 'string').toBe(true);
      }),
      { numRuns: 1_000 },
    );
    const number = '+8613800138000';
    const read = readMessage({
      headers: { ...HEAD, ce_time: number, [`ce_${number}`]: number },
      value: Buffer.from(`{"to":"${number}`),
    });
    expect(JSON.stringify(read)).not.toContain('138');
  });
});

describe('toMessage', () => {
  const event: BusEvent = {
    specversion: '1.0',
    id: '019389f0-0000-7000-8000-000000000001',
    source: '/quietline/one',
    type: 'call.decided.v1',
    time: '2026-11-20T10:00:00.000Z',
    subject: '019389f0-0000-7000-8000-00000000000a',
    datacontenttype: 'application/json',
    dataschema: 'urn:quietline:event:call.decided.v1',
    partitionkey: '019389f0-0000-7000-8000-00000000000a',
    extensions: { requestid: 'r-1', requestsource: '/dialer' },
    data: '{"outcome":"deny", "callId":"x"}',
  };

  it('writes binary mode: every attribute a header of its own, the value as it was recorded', () => {
    expect(toMessage(event)).toEqual({
      key: event.partitionkey,
      value: Buffer.from(event.data),
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: event.id,
        ce_source: '/quietline/one',
        ce_type: 'call.decided.v1',
        ce_time: '2026-11-20T10:00:00.000Z',
        ce_subject: event.subject,
        ce_dataschema: 'urn:quietline:event:call.decided.v1',
        ce_partitionkey: event.partitionkey,
        ce_requestid: 'r-1',
        ce_requestsource: '/dialer',
      },
    });
  });

  it('lets no extension stand for an attribute of its own', () => {
    const { headers } = toMessage({ ...event, extensions: { id: 'another', type: 'another' } });
    expect(headers).toMatchObject({ ce_id: event.id, ce_type: event.type });
  });

  it('is read back as what it was', () => {
    const word = fc.stringMatching(/^[!-~\u4e00-\u4e20]{1,60}$/);
    const extensions = fc.dictionary(fc.stringMatching(/^x[a-z0-9]{1,19}$/), word, { maxKeys: 8 });
    fc.assert(
      fc.property(word, word, extensions, fc.jsonValue(), (id, source, given, data) => {
        const text = JSON.stringify(data);
        fc.pre(!text.includes('\\u'));
        const read = readMessage(toMessage({ ...event, id, source, extensions: given, data: text }));
        expect(read).toEqual({
          event: {
            id,
            source,
            type: event.type,
            time: Date.parse(event.time),
            subject: event.subject,
            extensions: { ...given, partitionkey: event.partitionkey },
            data: JSON.parse(text) as unknown,
          },
        });
      }),
    );
  });
});

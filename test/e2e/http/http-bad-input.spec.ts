import { type TSchema, Type } from '@sinclair/typebox';
import { closed, Uuid } from '../../../src/platform/http/schemas';
import { memberCheck } from '../../../src/platform/http/validation';
import { startApp, type TestApp } from '../../support/app';
import { queryRows } from '../../support/database-rows';
import type { Answer, ProblemBody } from '../../support/http';

const GOOD = { name: 'N', kind: 'system', roles: ['dialer'] };

type Fault = [pointer: string, code: string];

describe('bad input', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(async () => {
    // Nothing of all this was written, and nothing was taken for a fault of ours.
    const clients = await queryRows(app.database, 'SELECT 1 FROM clients');
    const failures = app.logged.filter((line) => line.includes('Request failed.'));
    await app.close();
    expect({ clients: clients.length, failures }).toEqual({ clients: 1, failures: [] });
  });

  const make = (body: unknown, headers: Record<string, string> = {}) =>
    app.admin.post('/v1/clients', body, headers);
  const faults = ({ body }: Answer<ProblemBody>): Fault[] =>
    (body.errors ?? []).map(({ pointer, code }): Fault => [pointer, code]);

  it.each<[string, unknown, Fault[]]>([
    [
      'nothing',
      {},
      [
        ['/name', 'REQUIRED'],
        ['/kind', 'REQUIRED'],
        ['/roles', 'REQUIRED'],
      ],
    ],
    ['an unknown member', { ...GOOD, colour: 'red' }, [['/colour', 'UNKNOWN_MEMBER']]],
    ['a member with an awkward name', { ...GOOD, 'a/b~c': 1 }, [['/a~1b~0c', 'UNKNOWN_MEMBER']]],
    ['a number for a text', { ...GOOD, name: 7 }, [['/name', 'TYPE']]],
    ['a text for a list', { ...GOOD, roles: 'dialer' }, [['/roles', 'TYPE']]],
    ['null for a text', { ...GOOD, name: null }, [['/name', 'TYPE']]],
    ['an empty text', { ...GOOD, name: '' }, [['/name', 'LENGTH']]],
    ['a long text', { ...GOOD, name: 'x'.repeat(201) }, [['/name', 'LENGTH']]],
    ['an unknown word', { ...GOOD, kind: 'robot' }, [['/kind', 'NOT_ALLOWED']]],
    ['an unknown word in a list', { ...GOOD, roles: ['dialer', 'boss'] }, [['/roles/1', 'NOT_ALLOWED']]],
    ['an empty list', { ...GOOD, roles: [] }, [['/roles', 'LENGTH']]],
    ['the same word twice', { ...GOOD, roles: ['dialer', 'dialer'] }, [['/roles', 'DUPLICATE']]],
    ['a list without an end', { ...GOOD, roles: Array(150_000).fill(0) }, [['/roles', 'LENGTH']]],
    ['an id that is none', { ...GOOD, vendorId: '../../../etc' }, [['/vendorId', 'FORMAT']]],
    ['an id of nobody', { ...GOOD, vendorId: 'nobody' }, [['/vendorId', 'UNKNOWN_ID']]],
    [
      'a vendor with more than a dialer',
      { ...GOOD, roles: ['care'], vendorId: 'v' },
      [['/roles', 'NOT_ALLOWED']],
    ],
    [
      'several faults',
      { name: 1, kind: 2, x: 3, roles: ['dialer'] },
      [
        ['/x', 'UNKNOWN_MEMBER'],
        ['/name', 'TYPE'],
        ['/kind', 'TYPE'],
      ],
    ],
    ['a list for a body', [], [['', 'TYPE']]],
    ['a text for a body', '"x"', [['', 'TYPE']]],
    ['null for a body', 'null', [['', 'TYPE']]],
  ])('names the member: %s', async (_, body, expected) => {
    const answer = await make(body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code: 'INVALID' });
    expect(faults(answer)).toEqual(expected);
  });

  it.each<[string, string, Fault]>([
    ['NUL', '{"name":"a\\u0000b","kind":"system","roles":["dialer"]}', ['/name', 'CHARACTER']],
    [
      'a lone high surrogate',
      '{"name":"\\ud800","kind":"system","roles":["dialer"]}',
      ['/name', 'CHARACTER'],
    ],
    ['a lone low surrogate in a list', '{"name":"n","roles":["\\udfff"]}', ['/roles/0', 'CHARACTER']],
    ['NUL in the name of a member', '{"a":{"\\u0000":1}}', ['/a', 'CHARACTER']],
    [
      'NUL far down',
      `${'{"a":'.repeat(5_000)}"\\u0000"${'}'.repeat(5_000)}`,
      ['/a'.repeat(5_000), 'CHARACTER'],
    ],
  ])('refuses text that no database holds: %s', async (_, body, fault) => {
    const answer = await make(body);
    expect(answer.status).toBe(422);
    expect(faults(answer)).toEqual([fault]);
  });

  it('takes an emoji written as two escapes, and any script', async () => {
    const answer = await make('{"name":"\\ud83d\\ude00 张 עברית","kind":"robot","roles":["dialer"]}');
    expect(faults(answer)).toEqual([['/kind', 'NOT_ALLOWED']]);
  });

  it.each<[string, string | Buffer]>([
    ['no JSON', '{'],
    ['two documents', '{}{}'],
    ['a trailing comma', '{"name":"n",}'],
    ['NaN', '{"name":NaN}'],
    ['a prototype', '{"__proto__":{"kind":"person"},"name":"n","kind":"system","roles":["admin"]}'],
    ['a constructor', '{"constructor":{"prototype":{"x":1}},"name":"n"}'],
    ['another encoding', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    [
      'half a character',
      Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xe5, 0xbc]), Buffer.from('"}')]),
    ],
    ['a raw NUL', '{"name":"\u0000"}'],
  ])('answers 400 to what cannot be read: %s', async (_, body) => {
    const answer = await make(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
  });

  it.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
  ])('answers 415 to %s', async (type) => {
    const answer = await make('name=n', { 'content-type': type });
    expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  });

  it('takes a body of 1 MiB and no byte more', async () => {
    const envelope = JSON.stringify({ ...GOOD, name: '' }).length;
    const just = await make({ ...GOOD, name: 'x'.repeat(1_048_576 - envelope) });
    expect(just).toMatchObject({ status: 422, body: { code: 'INVALID' } });
    const over = await make({ ...GOOD, name: 'x'.repeat(1_048_577 - envelope) });
    expect(over).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
    expect(await make({ ...GOOD, name: 'x'.repeat(10_000_000) })).toMatchObject({ status: 413 });
  });

  it.each<[string, number, string]>([
    ['/v1/clients?limit=0', 422, 'INVALID'],
    ['/v1/clients?limit=1001', 422, 'INVALID'],
    ['/v1/clients?limit=many', 422, 'INVALID'],
    ['/v1/clients?limit=1&limit=2', 422, 'INVALID'],
    ['/v1/clients?cursor=', 422, 'INVALID'],
    ['/v1/clients?cursor=AAAA', 422, 'INVALID'],
    [`/v1/clients?cursor=${Buffer.from('[1,"no uuid"]').toString('base64url')}`, 422, 'INVALID'],
    [
      `/v1/clients?cursor=${Buffer.from('[1e300,"0193a000-0000-7000-8000-000000000000"]').toString('base64url')}`,
      422,
      'INVALID',
    ],
    [
      `/v1/clients?cursor=${Buffer.from('[-8.64e15,"0193a000-0000-7000-8000-000000000000"]').toString('base64url')}`,
      422,
      'INVALID',
    ],
    ['/v1/clients?colour=red', 422, 'INVALID'],
    ['/v1/approvals?state=lost', 422, 'INVALID'],
    ['/v1/clients?cursor=%00', 400, 'MALFORMED'],
    ['/v1/clients/%00', 400, 'MALFORMED'],
    ['/v1/clients/%ff', 400, 'MALFORMED'],
    ['/v1/clients/%zz', 400, 'MALFORMED'],
    [`/v1/clients/${'x'.repeat(300)}`, 404, 'NOT_FOUND'],
    ['/v1/approvals/urn:uuid:0193a000-0000-7000-8000-000000000000', 404, 'NOT_FOUND'],
    ['/v1/approvals/0193A000-0000-7000-8000-00000000000B', 404, 'NOT_FOUND'],
    ['/docs/static/..%2f..%2fpackage.json', 404, 'NOT_FOUND'],
    ['/v1/clients/', 404, 'NOT_FOUND'],
    ['/v1/client', 404, 'NOT_FOUND'],
  ])('answers a problem to %s', async (url, status, code) => {
    const answer = await app.admin.get(url);
    expect(answer).toMatchObject({ status, body: { code, status } });
  });

  it('never tells a value back', async () => {
    const number = '+8613800138000';
    const answers = [
      await make({ ...GOOD, kind: number, [number]: 1 }),
      await make({ ...GOOD, roles: [number], vendorId: number }),
      await app.admin.get(`/v1/clients/${number}`),
      await app.admin.get(`/v1/nothing/${number}`),
      await app.admin.get(`/v1/clients?cursor=${number}`),
      await app.admin.get(`/v1/clients/%zz${number}`),
      await make('{}', { 'content-type': `text/${number}` }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain('13800138000');
    }
    expect(app.logged.join('')).not.toContain('13800138000');
  });
});

describe('schemas of bodies', () => {
  it.each<[string, TSchema]>([
    ['takes unknown members', Type.Object({ a: Type.String() })],
    ['takes unknown members further in', closed({ a: Type.Array(Type.Object({}), { maxItems: 1 }) })],
    ['takes unknown members in one form of several', Type.Union([closed({}), Type.Object({})])],
    ['takes an endless list', closed({ a: Type.Array(Type.String()) })],
  ])('stop the start where one %s', (_, schema) => {
    expect(() => memberCheck(schema)).toThrow(/^The body schema takes/);
  });

  it('name the faults of one row by itself, and fill in what was left out', () => {
    const check = memberCheck(closed({ a: Type.Integer(), b: Type.String({ default: 'x' }) }));
    const row = { a: 1 };
    expect(check(row)).toBeUndefined();
    expect(row).toEqual({ a: 1, b: 'x' });
    expect(check({ a: '1', c: 2 })).toMatchObject([{ pointer: '/c' }, { pointer: '/a' }]);
  });

  it.each(['urn:uuid:0193a000-0000-7000-8000-000000000000', '0193A000-0000-7000-8000-00000000000B', ''])(
    'take an id only as we write it: not %p',
    (id) => {
      expect(memberCheck(closed({ id: Uuid }))({ id })).toMatchObject([{ pointer: '/id', code: 'FORMAT' }]);
    },
  );

  it('tell one fault where none of several forms fits', () => {
    const check = memberCheck(closed({ who: Type.Union([closed({ number: Uuid }), closed({ id: Uuid })]) }));
    expect(check({ who: { name: 1 } })).toEqual([
      { pointer: '/who', code: 'ALTERNATIVE', detail: 'Has none of the forms that are allowed here.' },
    ]);
  });
});

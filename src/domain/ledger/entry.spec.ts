import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json';
import { commitment, entryBytes, leafHash } from './entry';

describe('the log entry of STANDARDS section 2', () => {
  const payload = Buffer.from(
    '{"callee":"+8613800138000","campaign":"c-42","decision":"ALLOW","purpose":"marketing_call"}',
  );
  const c = commitment(Buffer.alloc(32, 0x22), payload);
  const entry = entryBytes({
    id: '01a1f640-bc00-7000-8000-000000000001',
    type: 'call.decided.v1',
    at: Date.UTC(2026, 10, 20),
    commitment: c,
  });

  it('has the published commitment, bytes and leaf hash', () => {
    expect(entry.toString('utf8')).toBe(
      '{"c":"c38dbf53f4713e49362bed48664e011832b3ea9d9d7cd95e354559a4b866dd40","id":"01a1f640-bc00-7000-8000-000000000001","t":"call.decided.v1","ts":"2026-11-20T00:00:00.000Z","v":1}',
    );
    expect(entry).toHaveLength(176);
    expect(leafHash(entry).toString('hex')).toBe(
      'f1c75b08456139d0ad76f3e344275704863c19259ebde5efa24e54f52cc01584',
    );
    expect(leafHash(Buffer.alloc(0)).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });

  it('is its own canonical form', () => {
    expect(canonicalize(JSON.parse(entry.toString('utf8')))).toBe(entry.toString('utf8'));
  });

  it('refuses a key of another length and an entry above 4,096 bytes', () => {
    expect(() => commitment(Buffer.alloc(31), payload)).toThrow('exactly 32 bytes');
    expect(() => entryBytes({ id: 'x', type: 'x'.repeat(5_000), at: 0, commitment: c })).toThrow('4,096');
  });
});

describe('canonical JSON', () => {
  it('agrees with an independent implementation of RFC 8785', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves undefined members out', () => {
    expect(canonicalJson({ b: undefined, a: [1, 'x', null, true] })).toBe('{"a":[1,"x",null,true]}');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %p', (value) => {
    expect(() => canonicalJson(value)).toThrow('finite');
  });

  it('refuses a lone surrogate', () => {
    expect(() => canonicalJson({ '\ud800': 1 })).toThrow('surrogate');
    expect(() => canonicalJson('\udc00')).toThrow('surrogate');
  });
});

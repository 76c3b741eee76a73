import fc from 'fast-check';
import { instantOf, isRfc3339, readInstant, writeInstant } from './instants';

describe('times of the API (RFC 3339 section 5.6)', () => {
  it.each<[string, string]>([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00+08:00', '2026-11-20T02:00:00.000Z'],
    ['2026-11-20t10:00:00z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00.5-00:30', '2026-11-20T10:30:00.500Z'],
    ['2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00.123Z'],
    ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(writeInstant(readInstant(text, '/at'))).toBe(expected);
  });

  it.each([
    '2026-11-20T10:00:00',
    '2026-11-20',
    '2026-11-20 10:00:00Z',
    '2026-11-20T10:00Z',
    '2026-02-29T10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-04-31T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-00-10T10:00:00Z',
    '2026-01-00T10:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T23:60:00Z',
    '2026-11-20T23:59:60Z',
    '2026-11-20T10:00:00+24:00',
    '2026-11-20T10:00:00+08:60',
    '2026-11-20T10:00:00.Z',
    '2026-11-20T10:00:00.1234567890Z',
    '+02026-11-20T10:00:00Z',
    '1763632800000',
    '',
  ])('refuses %s', (text) => {
    expect(isRfc3339(text)).toBe(false);
    expect(() => readInstant(text, '/at')).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  it('reads back what it writes', () => {
    const day = { min: -62_135_596_800_000, max: 253_402_300_799_999 };
    fc.assert(fc.property(fc.integer(day), (at) => instantOf(writeInstant(at)) === at));
  });
});

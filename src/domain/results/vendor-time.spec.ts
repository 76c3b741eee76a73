import type { TimeMember } from './mapping';
import { readVendorTime } from './vendor-time';

const TEN = Date.parse('2026-11-20T10:00:02+08:00');
const of = (format: TimeMember['format'], timeZone?: string): TimeMember => ({
  at: '',
  format,
  ...(timeZone === undefined ? {} : { timeZone }),
});
const SHANGHAI = of('local', 'Asia/Shanghai');

describe('readVendorTime', () => {
  it.each([
    [TEN / 1_000, of('unix_seconds'), TEN],
    [String(TEN / 1_000), of('unix_seconds'), TEN],
    [TEN, of('unix_millis'), TEN],
    ['1795140000.5', of('unix_seconds'), 1_795_140_000_500],
    // A unit taken for another lies beyond every calendar.
    [TEN, of('unix_seconds'), undefined],
    [-1, of('unix_seconds'), undefined],
    ['soon', of('unix_millis'), undefined],
    ['2026-11-20T10:00:02+08:00', of('rfc3339'), TEN],
    ['2026-11-20 02:00:02Z', of('rfc3339'), TEN],
    ['2026-11-20T10:00:02', of('rfc3339'), undefined],
    ['2026-13-20T10:00:02Z', of('rfc3339'), undefined],
    ['2026-11-20 10:00:02', SHANGHAI, TEN],
    ['2026/11/20T10:00:02.7', SHANGHAI, TEN],
    ['2026-11-20 10:00', SHANGHAI, TEN - 2_000],
    ['2026-02-30 10:00:00', SHANGHAI, undefined],
    ['2026-11-20 24:00:00', SHANGHAI, undefined],
    ['20.11.2026', SHANGHAI, undefined],
    ['2026-11-20 10:00:02', of('local', 'Nowhere/Land'), undefined],
    ['2026-11-20 10:00:02', of('local'), undefined],
    [null, SHANGHAI, undefined],
    [{}, SHANGHAI, undefined],
  ])('reads %j by %j as %j', (value, member, at) => {
    expect(readVendorTime(value, member)).toBe(at);
  });
});

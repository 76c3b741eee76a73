import fc from 'fast-check';
import { maskJsonLine, maskText } from './masking';

const ID = '01a1f640-bc00-7000-8000-123456789012';
const AT = '2026-11-20T00:00:00.000Z';

describe('maskText', () => {
  it('masks a number wherever it stands', () => {
    expect(maskText('call to +8613800138000 failed')).not.toContain('13800138000');
  });

  it('keeps ids and moments', () => {
    expect(maskText(`${ID} at ${AT}`)).toBe(`${ID} at ${AT}`);
  });

  it('masks a number that touches an id', () => {
    const masked = maskText(`8613800138000,${ID},8613800138000`);
    expect(masked).toContain(ID);
    expect(masked).not.toContain('13800138000');
  });
});

describe('maskJsonLine', () => {
  it.each([
    ['a value', { msg: '+8613800138000' }],
    ['a key', { '+8613800138000': 1 }],
    ['a number', { to: 8613800138000 }],
    ['a negative number', { to: -13800138000 }],
    ['a nested array', { err: { stack: ['at x (13800138000)'] } }],
    ['digits behind an escape', { msg: '\u000013800138000"13800138000' }],
  ])('masks %s and stays JSON', (_, line) => {
    const masked = maskJsonLine(JSON.stringify(line));
    expect(masked).not.toMatch(/13800138000/);
    expect(() => JSON.parse(masked) as unknown).not.toThrow();
  });

  it('keeps what is no telephone number', () => {
    const line = JSON.stringify({ level: 'info', time: AT, pid: 4194304, id: ID, ms: 12.5, ok: true });
    expect(maskJsonLine(line)).toBe(line);
  });

  it('leaves any JSON valid and hides any number of eleven digits', () => {
    const number = fc.integer({ min: 13_000_000_000, max: 19_999_999_999 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), number, fc.jsonValue(), (before, digits, value) => {
        const masked = maskJsonLine(JSON.stringify({ [before]: `${before} ${digits}`, digits, value }));
        expect(masked).not.toContain(String(digits));
        expect(() => JSON.parse(masked) as unknown).not.toThrow();
      }),
    );
  });
});

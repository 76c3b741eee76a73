import type { Pack } from './pack';
import { isSubdivision } from './subdivisions';

const subdivisions = new Map([['DE:30', 'DE-BE']]);
const packs = new Map([['fr-idf', { jurisdiction: 'FR-IDF' } as Pack]]);

describe('a part of a country', () => {
  it.each(['CN-NX', 'CN-HK', 'CN-TW', 'US-FL', 'US-DC', 'US-NY', 'DE-BE', 'FR-IDF'])('%s is one', (code) => {
    expect(isSubdivision(code, { subdivisions, packs })).toBe(true);
  });

  it.each(['CN-64', 'CN-NY', 'US-NX', 'DE-BY', 'FR', 'CN', 'CN-', '', 'cn-nx', 'CN-NX '])(
    '%j is none',
    (code) => {
      expect(isSubdivision(code, { subdivisions, packs })).toBe(false);
    },
  );
});

import { oneEditApart } from './keywords';

describe('one edit apart', () => {
  it.each([
    ['stop', 'sotp', true],
    ['stop', 'sto', true],
    ['stop', 'stopp', true],
    ['stop', 'stap', true],
    ['stop', 'stop', true],
    ['stop', 'spto', false],
    ['stop', 'start', false],
    ['cancel', 'cancelled', false],
  ])('%s and %s: %s', (one, other, apart) => {
    expect(oneEditApart(one, other)).toBe(apart);
    expect(oneEditApart(other, one)).toBe(apart);
  });
});

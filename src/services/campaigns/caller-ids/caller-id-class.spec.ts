import { classOfCallerId, dialledForm } from './caller-id-class';

describe('classOfCallerId', () => {
  it.each([
    ['95588', 'enterprise'],
    ['95338', 'enterprise'],
    ['956001', 'enterprise'],
    ['+8695588', 'enterprise'],
    ['95013', 'call_centre'],
    ['95105105', 'call_centre'],
    ['95213', 'call_centre'],
    ['95412', 'call_centre'],
    ['95779', 'call_centre'],
    ['95800', 'fixed'],
    ['4008205555', 'toll_free'],
    ['8008205555', 'toll_free'],
    ['400820555', 'fixed'],
    ['13800138000', 'mobile'],
    ['+8619912345678', 'mobile'],
    ['12912345678', 'fixed'],
    ['1380013800', 'fixed'],
    ['01066123456', 'fixed'],
    ['02161234567', 'fixed'],
    ['00861066123456', 'fixed'],
    ['+12025550143', undefined],
    ['+4420', undefined],
  ] as const)('%s is %s', (number, expected) => {
    expect(classOfCallerId(number)).toBe(expected);
  });

  it('reads a number as it is dialled, however it is written', () => {
    expect(dialledForm('+86 (010) 6612-3456')).toBe('+8601066123456');
    expect(dialledForm('955 88')).toBe('95588');
  });
});

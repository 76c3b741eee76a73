import { invalidMember } from '../../contracts/app-error';
import { reasonOf } from './effect-reader';

describe('why a record is kept as a letter', () => {
  it('says where it is wrong in names of ours alone', () => {
    expect(reasonOf(invalidMember('/numbers/0', 'Is none.', 'NUMBER'))).toBe('INVALID NUMBER at /numbers/0');
    expect(reasonOf(invalidMember('/numbers/tel-138-0013-8001', 'No.', 'UNKNOWN_MEMBER'))).toBe(
      'INVALID UNKNOWN_MEMBER at /numbers/',
    );
    expect(reasonOf(invalidMember('', 'No.', 'TYPE'))).toBe('INVALID TYPE at /');
  });
});

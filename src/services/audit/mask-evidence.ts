import { maskDigits, maskNumber } from '../../domain/phone/mask-number';

/** Members that hold the called number, whole; everything else may hold one inside its prose. */
const NUMBER_MEMBERS = new Set(['to', 'e164', 'number']);
/** Members that hold ids, hashes and digits of our own: masking them would make the record useless. */
const KEPT = /(Id|Ids|Sha256|sha256|version|Version|callerId|at|At|id)$/;

/** A copy of opened evidence with every phone number masked (RULINGS 18). */
export function withMaskedNumbers(value: unknown, member = ''): unknown {
  if (typeof value === 'string') {
    if (NUMBER_MEMBERS.has(member)) return value.startsWith('+') ? maskNumber(value) : maskDigits(value);
    return KEPT.test(member) ? value : maskDigits(value);
  }
  if (Array.isArray(value)) return value.map((item) => withMaskedNumbers(item, member));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [name, withMaskedNumbers(content, name)]),
  );
}

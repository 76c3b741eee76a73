import { maskDigits, maskNumber } from '../../domain/phone/mask-number';

/** Members that hold the called number, whole; everything else may hold one inside its prose. */
const NUMBER_MEMBERS = new Set(['to', 'e164', 'number']);
/** Members whose content is ours: masking ids, hashes and times would make the record useless. */
const OURS = /(Id|Ids|Sha256|sha256|version|Version|callerId|at|At|id)$/;
/** Members that hold words of the asker: there only these are looked up in our settings, and even an id may be a number. */
const WORDS_OF_OTHERS = new Set(['request', 'report']);
const KNOWN_WORDS = new Set(['campaignId', 'callerId', 'timeZone', 'type', 'kind', 'at', 'until', 'sha256']);

/** A copy of opened evidence with every phone number masked (RULINGS 18). */
export function withMaskedNumbers(value: unknown, member = '', others = false): unknown {
  if (typeof value === 'string') return masked(value, member, others);
  if (Array.isArray(value)) return value.map((item) => withMaskedNumbers(item, member, others));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [
      name,
      withMaskedNumbers(content, name, others || WORDS_OF_OTHERS.has(name)),
    ]),
  );
}

function masked(text: string, member: string, others: boolean): string {
  if (NUMBER_MEMBERS.has(member)) return text.startsWith('+') ? maskNumber(text) : maskDigits(text);
  const kept = others ? KNOWN_WORDS.has(member) : OURS.test(member);
  return kept ? text : maskDigits(text);
}

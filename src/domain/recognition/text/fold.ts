import characters from '../words/characters.json';

/** More than any SMS or any utterance; what follows is not read. */
export const MOST_CHARACTERS = 8_192;

/** Variants of one character, and other alphabets' likenesses of Latin letters, to the one that the word lists use. */
const PLAIN = new Map<string, string>();
for (const [plain, variants] of Object.entries(characters)) {
  for (const variant of variants) PLAIN.set(variant, plain);
}

/** Accents of Latin letters and vowel marks of Arabic, which are often left out; Indic vowel signs are letters. */
const MARKS = /[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u093c\u0640]/g;
const APOSTROPHES = /(?<=\p{L})['’‘`´ʼ](?=\p{L})/gu;
const VARIANTS = /[\u0370-\u04ff\u0600-\u06ff\u3400-\u9fff]/g;

/**
 * One spelling for what people type as the same: full width, case, accents, invisible characters, traditional and
 * simplified characters. Word lists go through it too, so that they can be written in any of these.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}|[\ufe00-\ufe0f]/gu, '')
    .normalize('NFD')
    .replace(MARKS, '')
    .normalize('NFC')
    .replace(APOSTROPHES, '')
    .replace(VARIANTS, (character) => PLAIN.get(character) ?? character)
    .replace(/ß/g, 'ss')
    .replace(/ı/g, 'i');
}

import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { parseNumber } from '../../../domain/phone/parse-number';
import type { Tx } from '../../../platform/database/database';
import type { Reach, WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { type Language, languageOf } from '../wishes/confirmation';

/** The language in which a person is answered. */
@Injectable()
export class SpokenLanguage {
  constructor(private readonly subjects: SubjectsRepository) {}

  /** A vendor hears the language of the number it named, and so nothing that we know of the person. */
  async of(tx: Tx, reach: Reach, target: WordTarget, actor: Actor): Promise<Language> {
    const named = 'number' in target ? target.number : undefined;
    if (actor.vendorId !== undefined) return languageOf(personOf(undefined, named));
    const chosen = reach.own.facts.preferences.findLast((preference) => preference.language !== undefined);
    if (chosen?.language !== undefined) return languageOf(personOf(chosen.language, undefined));
    return languageOf(personOf(undefined, named ?? (await this.subjects.numbersOf(tx, [reach.own.id]))[0]));
  }
}

function personOf(
  language: string | undefined,
  number: string | undefined,
): { language?: string; country?: string } {
  const verdict = number === undefined ? undefined : parseNumber(number);
  return {
    ...(language === undefined ? {} : { language }),
    ...(verdict?.kind === 'valid' ? { country: verdict.country } : {}),
  };
}

import { Injectable } from '@nestjs/common';
import { parseNumber } from '../../../domain/phone/parse-number';
import type { Policy } from '../../../domain/policy/policy';
import type { Tx } from '../../../platform/database/database';
import { PolicyStore } from '../../policies/policy-store';
import type { LockedSubject } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';

/** Which law an opt-out falls under, by the numbers of the person. */
@Injectable()
export class OptOutLaw {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly policies: PolicyStore,
  ) {}

  /** Whether an opt-out ends the consents given before it (RULINGS 19); true where no law can be told. */
  async optOutRevokesConsent(tx: Tx, rows: readonly LockedSubject[]): Promise<boolean> {
    const numbers = await this.subjects.numbersOf(
      tx,
      rows.map((row) => row.id),
    );
    const flags = numbers.map((number) => flagOf(this.policies.current(), number));
    return flags.length === 0 || flags.some((flag) => flag !== false);
  }
}

function flagOf(policy: Policy, number: string): boolean | undefined {
  const verdict = parseNumber(number);
  if (verdict.kind !== 'valid') return undefined;
  const pack = [...policy.packs.values()].find(({ jurisdiction }) => jurisdiction === verdict.country);
  return pack?.optOutRevokesConsent;
}

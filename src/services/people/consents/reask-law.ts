import { Injectable } from '@nestjs/common';
import { askAgainFrom } from '../../../domain/consent/refused-consent';
import { parseNumber } from '../../../domain/phone/parse-number';
import type { Policy } from '../../../domain/policy/policy';
import type { Instant } from '../../../domain/time/instant';
import { findZone, type Zone } from '../../../domain/time/zones';
import type { Tx } from '../../../platform/database/database';
import { PolicyStore } from '../../policies/policy-store';
import { SubjectsRepository } from '../subjects.repository';

/** Where no pack says another time (RULINGS 23). */
const ELSEWHERE = 'P180D';

/** How long the law of a person's numbers has us wait before we ask for consent again. */
@Injectable()
export class ReaskLaw {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly policies: PolicyStore,
  ) {}

  /** Of a "no" at an instant: when it may be asked again; Infinity for never, also where no law can be told. */
  async waitOf(tx: Tx, subjectIds: readonly string[]): Promise<(refusedAt: Instant) => Instant> {
    const policy = this.policies.current();
    const numbers = await this.subjects.numbersOf(tx, subjectIds);
    const waits = numbers.map((number) => waitFor(policy, number));
    if (waits.length === 0) return () => Infinity;
    return (refusedAt) => Math.max(...waits.map(({ wait, zones }) => askAgainFrom(wait, refusedAt, zones)));
  }
}

function waitFor(policy: Policy, number: string): { wait: string; zones: Zone[] } {
  const verdict = parseNumber(number);
  const country = verdict.kind === 'valid' ? verdict.country : undefined;
  const pack = [...policy.packs.values()].find(({ jurisdiction }) => jurisdiction === country);
  const zones = (pack?.timeZones ?? ['Etc/UTC']).map(findZone).filter((zone) => zone !== undefined);
  return { wait: pack?.reaskConsentAfter ?? ELSEWHERE, zones };
}

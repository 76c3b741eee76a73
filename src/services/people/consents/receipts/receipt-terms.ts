import { Injectable } from '@nestjs/common';
import type { ConsentEvent } from '../../../../domain/consent/consent-fold';
import type { PersonFacts } from '../../../../domain/decision/facts';
import { parseNumber } from '../../../../domain/phone/parse-number';
import type { Policy } from '../../../../domain/policy/policy';
import { durationOf } from '../../../../domain/time/duration';
import { DAY } from '../../../../domain/time/instant';
import type { Tx } from '../../../../platform/database/database';
import { PolicyStore } from '../../../policies/policy-store';
import type { EntitySetting, Settings } from '../../../settings/settings';
import { SettingsCache } from '../../../settings/settings-cache';
import { PeopleReader } from '../../people/people.reader';
import type { LockedSubject } from '../../subjects.port';

/**
 * What a receipt says beyond the event itself and what may be otherwise tomorrow: who the controller was, which law and
 * which numbers. Sealed with the event when it is recorded, so that its receipt never changes.
 */
export interface ConsentTerms {
  controllers: EntitySetting[];
  numbers: string[];
  /** ISO 3166; empty where no number of the person is known. */
  jurisdictions: string[];
  /** ISO 8601, after the consent has ended; absent where no pack says. */
  retention?: string;
  /** The person had consented to some of it before. */
  renews?: true;
}

@Injectable()
export class ReceiptTerms {
  constructor(
    private readonly people: PeopleReader,
    private readonly settings: SettingsCache,
    private readonly policies: PolicyStore,
  ) {}

  /** As of now; `own` is the row of the record before the event was written to it. */
  async of(
    tx: Tx,
    own: Pick<LockedSubject, 'id' | 'facts'>,
    event: Pick<ConsentEvent, 'kind' | 'scope' | 'purposes' | 'channels' | 'at'>,
  ): Promise<ConsentTerms> {
    const numbers = (await this.people.numbersOf(tx, own.id)).map(({ number }) => number);
    return this.from(numbers, own, event);
  }

  /** The same, where the person's numbers have been read. */
  from(
    numbers: string[],
    own: Pick<LockedSubject, 'facts'>,
    event: Pick<ConsentEvent, 'kind' | 'scope' | 'purposes' | 'channels' | 'at'>,
  ): ConsentTerms {
    const countries = new Set(numbers.flatMap(countryOf));
    const retention = retentionOf(this.policies.current(), countries);
    const renews = event.kind === 'granted' && isRenewal(own, event);
    return {
      controllers: controllersOf(this.settings.current(), event.scope),
      numbers,
      jurisdictions: [...new Set([...countries, ...own.facts.persons.flatMap(subdivisionOf)])].sort(),
      ...(retention === undefined ? {} : { retention }),
      ...(renews ? { renews: true as const } : {}),
    };
  }
}

function controllersOf(settings: Settings, scope: ConsentEvent['scope']): EntitySetting[] {
  const id =
    scope?.kind === 'entity'
      ? scope.id
      : scope?.kind === 'campaign'
        ? settings.campaign(scope.id)?.entity
        : undefined;
  const entity = id === undefined ? undefined : settings.entity(id);
  return entity === undefined ? [...settings.entities()] : [entity];
}

function countryOf(number: string): string[] {
  const verdict = parseNumber(number);
  return verdict.kind === 'valid' ? [verdict.country] : [];
}

const subdivisionOf = ({ subdivision }: PersonFacts): string[] =>
  subdivision === undefined ? [] : [subdivision];

/** The longest that any law that may apply asks for. */
function retentionOf(policy: Policy, countries: ReadonlySet<string>): string | undefined {
  const minima = [...policy.packs.values()]
    .filter(({ jurisdiction }) => countries.has(jurisdiction))
    .flatMap(({ rules }) => rules)
    .flatMap((rule) =>
      rule.kind === 'retention' && rule.values.record === 'consent' ? [rule.values.minimum] : [],
    );
  return minima.sort((one, other) => lengthOf(other) - lengthOf(one))[0];
}

function lengthOf(text: string): number {
  const { months, millis } = durationOf(text);
  return months * 31 * DAY + millis;
}

function isRenewal(
  { facts }: Pick<LockedSubject, 'facts'>,
  event: Pick<ConsentEvent, 'scope' | 'purposes' | 'channels' | 'at'>,
): boolean {
  return facts.grants.some(
    (grant) =>
      grant.grantedAt < event.at &&
      grant.scope.kind === event.scope?.kind &&
      (grant.scope.kind === 'group' || ('id' in event.scope && grant.scope.id === event.scope.id)) &&
      grant.purposes.some((purpose) => event.purposes.includes(purpose)) &&
      grant.channels.some((channel) => event.channels.includes(channel)),
  );
}

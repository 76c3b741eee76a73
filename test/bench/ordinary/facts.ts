import type { CallerIdFacts, CampaignFacts, Slot, SubjectFacts } from '../../../src/domain/decision/facts';
import type {
  CallEntity,
  CallerIdEntity,
  CampaignEntity,
  ConsentEntity,
  PersonEntity,
  PreferenceEntity,
  WishEntity,
} from './entities';

/** Rows of the ordinary tables as the facts of a decision. */

export function subjectFactsOf(rows: {
  person: PersonEntity;
  wishes: readonly WishEntity[];
  consents: readonly ConsentEntity[];
  preferences: readonly PreferenceEntity[];
}): SubjectFacts {
  const { person, wishes, consents, preferences } = rows;
  return {
    cooldowns: preferences.flatMap(({ id, kind, recordedAt, until }) =>
      kind === 'preference' ? [] : [{ id, kind, at: recordedAt.getTime(), ...ifAt('until', until) }],
    ),
    grants: consents.map((row) => ({
      attributes: row.attributes,
      channels: row.channels,
      ...ifAt('expiresAt', row.expiresAt),
      grantedAt: row.grantedAt.getTime(),
      id: row.id,
      personId: person.id,
      purposes: row.purposes,
      scope: { id: row.scopeId, kind: row.scopeKind },
    })),
    persons: [
      {
        personId: person.id,
        ...(person.ageBand === null ? {} : { ageBand: person.ageBand }),
        ...(person.timeZone === null ? {} : { timeZone: person.timeZone }),
        ...(person.subdivision === null ? {} : { subdivision: person.subdivision }),
      },
    ],
    preferences: preferences.flatMap(({ id, kind, recordedAt, body }) =>
      kind === 'preference' ? [{ ...body, id, recordedAt: recordedAt.getTime() }] : [],
    ),
    wishes: wishes.map((row) => ({
      channels: row.channels,
      id: row.id,
      purposes: row.purposes,
      recordedAt: row.recordedAt.getTime(),
      scope:
        row.scopeKind === 'group' || row.scopeId === null
          ? { kind: 'group' }
          : { id: row.scopeId, kind: row.scopeKind },
      source: row.source,
      ...ifAt('until', row.until),
    })),
    withdrawals: consents.flatMap(({ id, purposes, channels, withdrawnAt }) =>
      withdrawnAt === null
        ? []
        : [{ id, personId: person.id, purposes, channels, at: withdrawnAt.getTime() }],
    ),
  };
}

export function slotOf(call: CallEntity): Slot {
  return {
    ...(call.answered === null ? {} : { answered: call.answered }),
    callId: call.id,
    campaignId: call.campaignId,
    decidedAt: call.decidedAt.getTime(),
    ...ifAt('endedAt', call.endedAt),
    expiresAt: (call.expiresAt ?? call.decidedAt).getTime(),
    ...ifAt('placedAt', call.placedAt),
    purpose: call.purpose,
    ...ifAt('redeemedAt', call.redeemedAt),
    ...ifAt('voidedAt', call.voidedAt),
  };
}

export function campaignFactsOf(row: CampaignEntity): CampaignFacts {
  return {
    id: row.id,
    entity: row.entity,
    line: row.line,
    product: row.product,
    ...(row.productRisk === null ? {} : { productRisk: row.productRisk }),
    purpose: row.purpose,
    ...(row.vendor === null ? {} : { vendorId: row.vendor.id }),
    callerIds: row.callerIds,
    voice: row.voice,
    state: row.state,
    ...ifAt('approvedUntil', row.approvedUntil),
    sharesData: row.sharesData,
    usesSensitiveData: row.usesSensitiveData,
    ...scriptFactsOf(row),
  };
}

function scriptFactsOf({ scripts, scriptVersion }: CampaignEntity): Pick<CampaignFacts, 'script'> {
  const script = scripts.find(({ version }) => version === scriptVersion);
  if (script === undefined) return {};
  const { version, kind, disclosure, textSha256, state } = script;
  return { script: { version, kind, approved: state === 'approved', disclosure, textSha256 } };
}

export const callerIdFactsOf = (row: CallerIdEntity): CallerIdFacts => ({
  id: row.id,
  class: row.class,
  entity: row.entity,
  purposes: row.purposes,
  vendors: row.vendors,
  rightOfUseExpires: row.rightOfUseExpires.getTime(),
});

/** A member that is left out where there is no time. */
function ifAt<Name extends string>(name: Name, at: Date | null): { [member in Name]?: number } {
  return at === null ? {} : ({ [name]: at.getTime() } as { [member in Name]: number });
}

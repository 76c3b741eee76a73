import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../../domain/ledger/canonical-json';
import { type Policy, type PolicyBody, policyFrom } from '../../domain/policy/policy';
import { DAY } from '../../domain/time/instant';
import { shippedPolicyBody } from '../../packs/load-packs';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database } from '../../platform/database/database';
import { type Finding, OK, Readiness } from '../../platform/health/readiness';

/** Hash of everything that can change an answer (RULINGS 10). */
export const policyVersionOf = (body: PolicyBody): string =>
  `sha256:${createHash('sha256').update(canonicalOf(body), 'utf8').digest('hex')}`;

const canonicalOf = (body: PolicyBody): string => canonicalJson(body as unknown as Json);

/** Alarms come this long before a calendar runs out (RULINGS 11). */
const CALENDAR_ALARM = 30 * DAY;

/**
 * The policy that decisions are made under, and every one that ever was: a decision names its version, and its body is
 * kept for ever so that the decision can be made again.
 */
@Injectable()
export class PolicyStore implements OnModuleInit {
  private policy: Policy | undefined;
  private readonly earlier = new Map<string, Policy>();

  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Loads the packs of this build and keeps their body before the first decision names them. */
  async onModuleInit(): Promise<void> {
    const body = shippedPolicyBody();
    const version = policyVersionOf(body);
    await this.database.query(
      'INSERT INTO policy_versions (version, body, recorded_at) VALUES ($1, $2, clock_timestamp()) ON CONFLICT DO NOTHING',
      [version, canonicalOf(body)],
    );
    this.policy = policyFrom(body, version);
    this.readiness.register('policy', () => this.finding());
  }

  /** @throws Error before the module has started. */
  current(): Policy {
    if (this.policy === undefined) throw new Error('No policy has been loaded.');
    return this.policy;
  }

  /** The policy of an earlier decision; undefined when this database never knew it. */
  async ofVersion(version: string): Promise<Policy | undefined> {
    if (this.policy?.version === version) return this.policy;
    const known = this.earlier.get(version);
    if (known !== undefined) return known;
    const [row] = await this.database.query<{ body: PolicyBody }>(
      'SELECT body FROM policy_versions WHERE version = $1',
      [version],
    );
    if (row === undefined) return undefined;
    const policy = policyFrom(row.body, version);
    this.earlier.set(version, policy);
    return policy;
  }

  /** A year without its calendar denies every call of that place, so it is told before it begins. */
  private finding(): Finding {
    const soon = new Date(this.clock.now() + CALENDAR_ALARM).getUTCFullYear();
    const missing = [...this.current().calendars.values()]
      .filter((calendar) => calendar.years[String(soon)] === undefined)
      .map((calendar) => calendar.id);
    if (missing.length === 0) return OK;
    return {
      status: 'warning',
      detail: `No calendar of ${soon} for ${missing.join(', ')}: calls there are refused as RULE_DATA_MISSING.`,
    };
  }
}

import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { PURPOSES } from '../../domain/decision/purpose';
import { isCountry } from '../../domain/phone/library-number';
import { isSubdivision } from '../../domain/policy/subdivisions';
import type { StopScope, StopScopeKind } from '../../domain/suppression/stops';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { readInstant } from '../../platform/http/instants';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { maskText } from '../../platform/observability/masking';
import { ScopeNamesReader } from '../campaigns/scopes/scope-names.reader';
import { PolicyStore } from '../policies/policy-store';
import { SettingChanges } from '../settings/setting-changes';
import type { StopBody } from './stops.dto';
import { type NewStop, StopsPort } from './stops.port';
import { StopsRepository, type StoredStop } from './stops.repository';

/** One person suffices to stop; it takes two to go on (API.md, "Running campaigns"). */
@Injectable()
export class RecordStop extends StopsPort {
  constructor(
    private readonly stops: StopsRepository,
    private readonly names: ScopeNamesReader,
    private readonly changes: SettingChanges,
    private readonly policies: PolicyStore,
    private readonly time: DatabaseTime,
  ) {
    super();
  }

  /** @throws AppError INVALID for a scope that would stop nothing, FORBIDDEN for one of somebody else's. */
  async recordFor(tx: Tx, body: StopBody, actor: Actor): Promise<StoredStop> {
    const scope = await this.scopeOf(tx, body.scope, actor);
    const until = body.until === undefined ? undefined : readInstant(body.until, '/until');
    if (until !== undefined && until <= this.time.at(await this.stops.now(tx))) {
      throw invalidMember('/until', 'This has passed already: the stop would stop nothing.', 'OUT_OF_RANGE');
    }
    const { live, reason } = body;
    return this.record(tx, { scope, live, reason, actor, ...(until === undefined ? {} : { until }) });
  }

  async record(tx: Tx, { actor, grounds, ...stop }: NewStop): Promise<StoredStop> {
    const at = this.time.at(await this.stops.now(tx));
    const id = uuidV7(at);
    const scopeId = 'id' in stop.scope ? stop.scope.id : undefined;
    const eventId = await this.changes.record(
      tx,
      {
        type: 'stop.recorded.v1',
        id,
        ...(actor === undefined ? {} : { actor }),
        after: {
          ...stop,
          scope: { ...stop.scope },
          grounds,
          madeBy: actor === undefined ? 'monitor' : 'client',
        },
        clear: {
          scope: stop.scope.kind,
          scopeId,
          live: stop.live,
          until: stop.until,
          madeBy: actor === undefined ? 'monitor' : 'client',
        },
      },
      at,
    );
    const stored: StoredStop = {
      ...stop,
      id,
      // Whoever writes a reason may write a number down; the words themselves are in the sealed record.
      reason: maskText(stop.reason),
      recordedAt: at,
      recordedBy: actor?.clientId ?? null,
      eventId,
    };
    await this.stops.insert(tx, stored);
    return stored;
  }

  /** A stop of something that is not there would leave its maker in the belief that nobody is called. */
  private async scopeOf(tx: Tx, { kind, id }: StopBody['scope'], actor: Actor): Promise<StopScope> {
    if (actor.vendorId !== undefined && kind !== 'vendor' && kind !== 'campaign') throw foreign();
    if (kind === 'all') {
      if (id === undefined) return { kind };
      throw invalidMember('/scope/id', 'A stop of everything names nothing.', 'NOT_ALLOWED');
    }
    if (id === undefined) throw invalidMember('/scope/id', `A ${kind} is named by its id.`, 'REQUIRED');
    if (kind === 'vendor' && actor.vendorId !== undefined && id !== actor.vendorId) throw foreign();
    const known = await this.spelledAs(tx, kind, id, actor.vendorId);
    if (known !== undefined) return { kind, id: known };
    throw invalidMember('/scope/id', `No ${kind} of this name is known.`, 'UNKNOWN_SCOPE');
  }

  private async spelledAs(
    tx: Tx,
    kind: Exclude<StopScopeKind, 'all'>,
    id: string,
    vendorId: string | undefined,
  ): Promise<string | undefined> {
    switch (kind) {
      case 'purpose':
        return PURPOSES.find((purpose) => purpose === id);
      case 'country':
        return isCountry(id) ? id : undefined;
      case 'subdivision':
        return isSubdivision(id, this.policies.current()) ? id : undefined;
      default: {
        const spellings = await this.names.spellingsOf(tx, kind, id, vendorId);
        return spellings.includes(id) ? id : spellings.length === 1 ? spellings[0] : undefined;
      }
    }
  }
}

const foreign = (): AppError =>
  new AppError('FORBIDDEN', { detail: 'This client is bound to a vendor and stops only its own calls.' });

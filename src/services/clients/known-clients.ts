import { Inject, Injectable } from '@nestjs/common';
import type { Actor, Role } from '../../contracts/actor';
import type { Instant } from '../../domain/time/instant';
import {
  ClientDirectory,
  type KnownClients,
  type SignedInPerson,
} from '../../platform/auth/client-directory';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { uuidOfName } from '../../platform/ids/uuid-of-name';
import { SettingChanges } from '../settings/setting-changes';
import { SettingsCache } from '../settings/settings-cache';
import { type Client, clientMembers } from './client';
import { ClientsRepository } from './clients.repository';

/** What the newest token seen of a person said. */
interface Vouched {
  roles: readonly Role[];
  vouchedAt: Instant;
}

/** Who may call, for authentication. */
@Injectable()
export class KnownClientsDirectory extends ClientDirectory {
  /**
   * When the newest token was issued that this process knows of, by client; never later than what is stored. So a token
   * that is no newer needs no question to the database. As long as the list of persons.
   */
  private readonly vouchedAt = new Map<string, Instant>();

  constructor(
    private readonly settings: SettingsCache,
    private readonly repository: ClientsRepository,
    private readonly changes: SettingChanges,
    private readonly evidence: EvidenceWriter,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  current(): KnownClients {
    return this.settings.current();
  }

  fresh(): Promise<KnownClients> {
    return this.settings.fresh();
  }

  /**
   * A person keeps one id for ever, made of issuer and subject, so that ids in the record resolve. The institution's
   * identity provider says who has which role; what is stored follows its newest token. An older one that is still
   * valid changes nothing, and has of its roles those that the newest still names.
   */
  async enrol(person: SignedInPerson): Promise<Actor | undefined> {
    const { issuer, subject, name, roles, issuedAt } = person;
    const actor: Actor = { clientId: uuidOfName(issuer, subject), name, kind: 'person', roles };
    const known = this.settings.current().client(actor.clientId);
    // Whoever the provider knows could otherwise make a row here. The role table lets nobody in without a role.
    if (known === undefined && roles.length === 0) return actor;
    const vouchedAt = this.vouchedAt.get(actor.clientId);
    if (known !== undefined && vouchedAt !== undefined && issuedAt <= vouchedAt) return within(actor, known);
    const entered = await this.database.transaction((tx) => this.enter(tx, actor, issuedAt));
    if (entered === undefined) return undefined;
    this.vouchedAt.set(actor.clientId, entered.vouchedAt);
    return within(actor, entered);
  }

  private async enter(tx: Tx, actor: Actor, issuedAt: Instant): Promise<Vouched | undefined> {
    const { clientId: id, name, kind, roles } = actor;
    // A first sign-in has no row to lock; two at once take turns here.
    await tx.query({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`client\n${id}`],
    });
    const stored = await this.repository.lock(tx, id);
    if (stored?.state === 'revoked') return undefined;
    const draft = { name, kind, roles };
    if (stored === undefined) {
      await this.repository.insert(tx, { ...draft, id, createdAt: this.clock.now(), vouchedAt: issuedAt });
      await this.changes.record(tx, { type: 'client.created.v1', id, actor, after: clientMembers(draft) });
      return { roles, vouchedAt: issuedAt };
    }
    const vouchedAt = await this.repository.vouchedAt(tx, id);
    if (vouchedAt !== undefined && issuedAt <= vouchedAt) return { roles: stored.roles, vouchedAt };
    // Also where nothing else changes: a token issued before this one must find it out.
    await this.repository.vouch(tx, { id, name, roles, vouchedAt: issuedAt });
    await this.recordChange(tx, actor, stored);
    return { roles, vouchedAt: issuedAt };
  }

  /** Other roles bind the next decision; another name is only recorded, and makes no process read all settings again. */
  private async recordChange(tx: Tx, actor: Actor, stored: Client): Promise<void> {
    const { clientId: id, name, kind, roles } = actor;
    const type = 'client.changed.v1';
    const [before, after] = [clientMembers(stored), clientMembers({ name, kind, roles })];
    if (!sameRoles(stored.roles, roles)) {
      await this.changes.record(tx, { type, id, actor, before, after });
    } else if (stored.name !== name) {
      const payload = { id, by: { id, name, kind }, before, after };
      await this.evidence.record(tx, [
        { type, at: this.clock.now(), partitionKey: id, clear: { id, by: id }, payload },
      ]);
    }
  }
}

/** The actor with those of its roles that are stored too. */
function within(actor: Actor, stored: { roles: readonly Role[] }): Actor {
  return { ...actor, roles: actor.roles.filter((role) => stored.roles.includes(role)) };
}

function sameRoles(some: readonly Role[], others: readonly Role[]): boolean {
  return [...some].sort().join() === [...others].sort().join();
}

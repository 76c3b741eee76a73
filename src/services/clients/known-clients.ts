import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import {
  ClientDirectory,
  type KnownClients,
  type SignedInPerson,
} from '../../platform/auth/client-directory';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database, type Tx } from '../../platform/database/database';
import { uuidOfName } from '../../platform/ids/uuid-of-name';
import { SettingChanges } from '../settings/setting-changes';
import { SettingsCache } from '../settings/settings-cache';
import { clientMembers } from './client';
import { ClientsRepository } from './clients.repository';

/** Who may call, for authentication. */
@Injectable()
export class KnownClientsDirectory extends ClientDirectory {
  constructor(
    private readonly settings: SettingsCache,
    private readonly repository: ClientsRepository,
    private readonly changes: SettingChanges,
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
   * identity provider says who has which role; what is stored follows it.
   */
  async enrol(person: SignedInPerson): Promise<Actor | undefined> {
    const actor: Actor = {
      clientId: uuidOfName(person.issuer, person.subject),
      name: person.name,
      kind: 'person',
      roles: person.roles,
    };
    const known = this.settings.current().client(actor.clientId);
    if (known !== undefined && sameAs(known, actor)) return actor;
    return this.database.transaction((tx) => this.enter(tx, actor));
  }

  private async enter(tx: Tx, actor: Actor): Promise<Actor | undefined> {
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
      await this.repository.insert(tx, { ...draft, id, createdAt: this.clock.now() });
      await this.changes.record(tx, { type: 'client.created.v1', id, actor, after: clientMembers(draft) });
    } else if (!sameAs(stored, actor)) {
      await this.repository.rename(tx, id, name, roles);
      const before = clientMembers(stored);
      await this.changes.record(tx, {
        type: 'client.changed.v1',
        id,
        actor,
        before,
        after: clientMembers(draft),
      });
    }
    return actor;
  }
}

function sameAs(known: Pick<Actor, 'name' | 'roles'>, actor: Actor): boolean {
  return known.name === actor.name && [...known.roles].sort().join() === [...actor.roles].sort().join();
}

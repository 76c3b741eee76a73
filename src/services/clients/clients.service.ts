import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { DAY } from '../../domain/time/instant';
import { hashApiKey, newApiKey } from '../../platform/auth/api-key';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import type { PendingApproval } from '../../platform/http/schemas';
import { isUuidOfName } from '../../platform/ids/uuid-of-name';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import type { Approval } from '../approvals/approval';
import { ApprovalsService } from '../approvals/approvals.service';
import { SettingChanges } from '../settings/setting-changes';
import { SettingsCache } from '../settings/settings-cache';
import { type Client, type ClientDraft, clientMembers } from './client';
import { ClientsRepository } from './clients.repository';

/** A client and its key, which is shown this once. */
export interface NewKey {
  id: string;
  key: string;
}

/** How long a key goes on after another was made: time to put the new one everywhere. */
export const KEY_OVERLAP = DAY;
const MAKE = 'client.create';
const ADD_KEY = 'client.key';

/** Who may call, and with which keys. */
@Injectable()
export class ClientsService implements OnModuleInit {
  constructor(
    private readonly repository: ClientsRepository,
    private readonly approvals: ApprovalsService,
    private readonly settings: SettingsCache,
    private readonly changes: SettingChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.approvals.register(MAKE, {
      deciders: ['compliance'],
      execute: (tx, approval) => this.makeApproved(tx, approval),
    });
    // Nothing changes yet: the key is made, and shown this once, when the asker comes for it.
    this.approvals.register(ADD_KEY, {
      deciders: ['compliance'],
      execute: async (tx, approval) => void (await this.lockedForKey(tx, approval.subject)),
    });
  }

  /**
   * Makes a client and its first key. Once there have been two persons with `compliance`, a client with that role needs
   * one (RULINGS 24); then whoever asked makes the key after the approval, whose `subject` is the client's id. The
   * revoked ones count: else an admin would revoke them and then make others alone.
   */
  async make(tx: Tx, draft: ClientDraft, actor: Actor): Promise<NewKey | PendingApproval> {
    this.check(draft);
    const id = uuidV7(this.clock.now());
    if (draft.roles.includes('compliance')) {
      await this.repository.takeTurn(tx);
      if ((await this.repository.countOfficers(tx)) >= 2) {
        return this.approvals.ask(tx, { kind: MAKE, subject: id, after: clientMembers(draft), actor });
      }
    }
    await this.insert(tx, id, draft, actor);
    return this.addKey(tx, id, actor);
  }

  /**
   * A further key; the earlier ones end in 24 hours. Who holds a key of a client with `compliance` acts as it, so each
   * one takes an approval, which is used up: the client's own for its first key, else one asked for here.
   */
  async rotate(tx: Tx, id: string, actor: Actor): Promise<NewKey | PendingApproval> {
    const client = await this.lockedForKey(tx, id);
    let approvalId: string | undefined;
    if (client.roles.includes('compliance')) {
      approvalId = await this.approvals.use(tx, [MAKE, ADD_KEY], id, actor);
      if (approvalId === undefined) {
        return this.approvals.ask(tx, { kind: ADD_KEY, subject: id, after: clientMembers(client), actor });
      }
    }
    await this.repository.endKeys(tx, id, this.clock.now() + KEY_OVERLAP);
    return this.addKey(tx, id, actor, approvalId);
  }

  /** Binds the client's next request on every process. Doing it twice is doing it once. */
  async revoke(tx: Tx, id: string, actor: Actor): Promise<Client> {
    await this.repository.takeTurn(tx);
    const admins = await this.repository.activeWith(tx, 'admin');
    const client = await this.locked(tx, id);
    if (client.state === 'revoked') return client;
    if (admins.length === 1 && admins[0]?.id === id) {
      throw new AppError('CONFLICT', { detail: 'This is the last admin: nobody could make another.' });
    }
    await this.repository.revoke(tx, id);
    const before = clientMembers(client);
    await this.changes.record(tx, {
      type: 'client.revoked.v1',
      id,
      actor,
      before,
      after: { state: 'revoked' },
    });
    return { ...client, state: 'revoked' };
  }

  async find(id: string): Promise<Client> {
    const client = await this.repository.find(id);
    if (client === undefined) throw notFound();
    return client;
  }

  /** One more than the page. */
  list(page: { limit: number; cursor?: string }): Promise<Client[]> {
    return this.repository.list(page);
  }

  /** In memory, which is as new as the request: authentication asked for fresh settings before. */
  private check(draft: ClientDraft): void {
    if (draft.vendorId === undefined) return;
    // Any other role reads across vendors, and the binding would be a promise that nobody keeps.
    if (draft.roles.some((role) => role !== 'dialer')) {
      throw invalidMember('/roles', 'A client bound to a vendor can only be a dialer.', 'NOT_ALLOWED');
    }
    if (this.settings.current().vendor(draft.vendorId) === undefined) {
      throw invalidMember('/vendorId', 'There is no such vendor.', 'UNKNOWN_ID');
    }
  }

  private async makeApproved(tx: Tx, approval: Approval): Promise<void> {
    const draft = approval.after as unknown as ClientDraft;
    const asker = this.settings.current().client(approval.askedBy.id);
    if (asker === undefined) throw new AppError('CONFLICT', { detail: 'Whoever asked has been revoked.' });
    await this.insert(tx, approval.subject, draft, asker);
  }

  private async insert(tx: Tx, id: string, draft: ClientDraft, actor: Actor): Promise<void> {
    const createdAt = this.clock.now();
    await this.repository.insert(tx, { ...draft, id, createdAt, createdBy: actor.clientId });
    await this.changes.record(tx, { type: 'client.created.v1', id, actor, after: clientMembers(draft) });
  }

  private async addKey(tx: Tx, clientId: string, actor: Actor, approvalId?: string): Promise<NewKey> {
    const key = newApiKey();
    const createdAt = this.clock.now();
    const id = uuidV7(createdAt);
    await this.repository.insertKey(tx, { id, clientId, hash: hashApiKey(key), createdAt });
    const after = { keyId: id, approvalId };
    await this.changes.record(tx, { type: 'client.key_added.v1', id: clientId, actor, after });
    return { id: clientId, key };
  }

  /** A client that can have another key. */
  private async lockedForKey(tx: Tx, id: string): Promise<Client> {
    const client = await this.locked(tx, id);
    if (client.state === 'revoked')
      throw new AppError('CONFLICT', { detail: 'This client has been revoked.' });
    if (isUuidOfName(id)) {
      throw new AppError('CONFLICT', {
        detail: 'This person signs in with the identity provider and has no key.',
      });
    }
    return client;
  }

  private async locked(tx: Tx, id: string): Promise<Client> {
    const client = await this.repository.lock(tx, id);
    if (client === undefined) throw notFound();
    return client;
  }
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', { detail: 'There is no such client.' });
}

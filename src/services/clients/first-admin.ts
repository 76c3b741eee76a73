import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { hashApiKey, newApiKey } from '../../platform/auth/api-key';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { CONFIG } from '../../platform/installation/tokens';
import { Database, type Tx } from '../../platform/database/database';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { SettingChanges } from '../settings/setting-changes';
import { type ClientDraft, clientMembers } from './client';
import { ClientsRepository } from './clients.repository';

const FIRST_ADMIN: ClientDraft = { name: 'First admin', kind: 'system', roles: ['admin'] };

/**
 * Makes sure that somebody can make the first client. A configured key that is unknown becomes an admin, which is also
 * the way back in for whoever lost theirs: who sets this process's environment can read its keys anyway. A revoked key
 * is known, so it stays revoked. Without a configured key one is made, where there is no admin yet.
 */
@Injectable()
export class FirstAdmin implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly repository: ClientsRepository,
    private readonly changes: SettingChanges,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.repository.takeTurn(tx);
      const configured = this.config.auth.bootstrapAdminKey;
      if (configured !== undefined) {
        if (!(await this.repository.isKeyKnown(tx, hashApiKey(configured)))) await this.make(tx, configured);
        return;
      }
      if ((await this.repository.activeWith(tx, 'admin')).length > 0) return;
      const key = newApiKey();
      // Before the commit: a crash between the two leaves a file that the next start overwrites, never a lost key.
      await writeSecret(this.config.auth.adminKeyFile, key);
      await this.make(tx, key);
    });
  }

  private async make(tx: Tx, key: string): Promise<void> {
    const createdAt = this.clock.now();
    const id = uuidV7(createdAt);
    await this.repository.insert(tx, { ...FIRST_ADMIN, id, createdAt });
    const hash = hashApiKey(key);
    await this.repository.insertKey(tx, { id: uuidV7(createdAt), clientId: id, hash, createdAt });
    await this.changes.record(tx, { type: 'client.created.v1', id, after: clientMembers(FIRST_ADMIN) });
  }
}

/** Never readable by others, not even for a moment, and never half written. */
async function writeSecret(file: string, secret: string): Promise<void> {
  // Nothing else has made DATA_DIR where the database and the key-encryption key are kept elsewhere.
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true });
  await rename(draft, file);
}

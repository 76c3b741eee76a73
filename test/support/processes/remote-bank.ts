import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../app';
import { type CampaignShape, openBank, runCampaign } from '../bank';
import type { TestDatabase } from '../database';
import { type GatewayProcess, startGateway } from '../gateway-process';
import { RecordAudit } from '../proofs/record-audit';
import { RemoteCaller } from './remote-caller';
import { AFTERNOON, shiftToAfternoon } from './shifted-time';

const ENTRY = require.resolve('./shifted-gateway');
/** Fixed at the first start; each process would name its own port otherwise. */
const LEDGER_ORIGIN = 'quietline.test/ledger';

export type Part = 'dialer' | 'officer' | 'marketing' | 'care' | 'carrier';

/** A bank whose gateways are real processes, all of one data directory, in time shifted to an afternoon. */
export class RemoteBank {
  readonly campaignId = 'spring-card';
  readonly callerId = '95588';
  private readonly shift = shiftToAfternoon();
  private readonly keys = new Map<Part, string>();
  private readonly started: GatewayProcess[] = [];

  private constructor(readonly dataDir: string) {}

  static async make(): Promise<RemoteBank> {
    return new RemoteBank(await mkdtemp(join(tmpdir(), 'quietline-remote-')));
  }

  get kekFile(): string {
    return join(this.dataDir, 'key-encryption-key');
  }

  /** Sets up clients and campaigns in a migrated database, and the witness of the outbox. */
  async open(database: TestDatabase, campaigns: readonly CampaignShape[] = []): Promise<void> {
    await RecordAudit.witness(database.url);
    const app = await startApp({
      database,
      dataDir: this.dataDir,
      now: new Date(AFTERNOON).toISOString(),
      env: { LEDGER_ORIGIN },
    });
    try {
      const bank = await openBank(app);
      for (const campaign of campaigns) await runCampaign(bank, campaign);
      const { officer, marketing, care, carrier } = bank.cast;
      for (const [part, caller] of Object.entries({
        dialer: bank.dialer,
        officer,
        marketing,
        care,
        carrier,
      })) {
        this.keys.set(part as Part, caller.key ?? '');
      }
    } finally {
      await app.close();
    }
  }

  /** Another gateway process: on this database, or on the embedded one of the data directory. */
  async start(databaseUrl?: string, env: Record<string, string> = {}): Promise<GatewayProcess> {
    const gateway = await startGateway(
      {
        DATA_DIR: this.dataDir,
        LEDGER_ORIGIN,
        ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: '8' }),
        ...env,
      },
      [ENTRY, String(this.shift)],
    );
    this.started.push(gateway);
    return gateway;
  }

  /** Someone of the bank, or nobody, at whatever gateway `at` names when asked. */
  as(part: Part | undefined, at: () => GatewayProcess): RemoteCaller {
    return new RemoteCaller(
      () => at().url,
      () => (part === undefined ? undefined : this.keys.get(part)),
    );
  }

  /** Everything that the gateways wrote to their outputs. */
  output(): string {
    return this.started.map((gateway) => gateway.output()).join('\n');
  }

  /** An embedded database stops with its gateway, and only then lets go of its files. */
  async close(): Promise<void> {
    for (const gateway of this.started) gateway.signal('SIGTERM');
    await Promise.all(this.started.map((gateway) => gateway.ended));
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Express consent to the bank's marketing calls. */
export async function consentOf(
  marketing: RemoteCaller,
  who: { number: string } | { customerId: string },
): Promise<void> {
  const answer = await marketing.post('/v1/consents', {
    ...who,
    purposes: ['marketing'],
    channels: ['voice_ai', 'voice_human'],
    scope: { kind: 'entity', id: 'bank' },
    attributes: { express: true },
    grantedAt: '2026-03-01T10:00:00+08:00',
    evidence: { textVersion: 'terms-3', textSha256: 'a'.repeat(64), source: 'app' },
  });
  if (answer.status !== 201) throw new Error(`No consent: ${answer.status} ${answer.text}`);
}

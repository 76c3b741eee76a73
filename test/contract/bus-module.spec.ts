import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Global,
  type INestApplicationContext,
  Inject,
  Injectable,
  Module,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BusModule } from '../../src/platform/bus/bus.module';
import { type BusEvent, EVENT_BUS, type EventBus } from '../../src/platform/bus/event-bus';
import { Database } from '../../src/platform/database/database';
import { DatabaseModule } from '../../src/platform/database/database.module';
import { createLogger } from '../../src/platform/observability/logger';
import { CLOCK, SystemClock } from '../../src/platform/clock/clock';
import { EvidenceWriter } from '../../src/platform/evidence/evidence-writer';
import { INSTALLATION_KEYS, type InstallationKey, Keyring } from '../../src/platform/keys/keyring';
import { Readiness } from '../../src/platform/health/readiness';
import { CONFIG } from '../../src/platform/installation/tokens';
import { ObservabilityModule } from '../../src/platform/observability/observability.module';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { until } from './bus-stage';

jest.setTimeout(30_000);

/** Subscribes as services do. */
@Injectable()
class Listener implements OnModuleInit {
  readonly seen: string[] = [];

  constructor(@Inject(EVENT_BUS) private readonly bus: EventBus) {}

  onModuleInit(): void {
    this.bus.subscribe({
      name: 'listener',
      types: ['wish.recorded.v1'],
      handle: async (_, event: BusEvent) => {
        await delay(2);
        this.seen.push(event.id);
      },
    });
  }
}

/** What the platform gives every module. */
@Global()
@Module({
  providers: [
    Readiness,
    EvidenceWriter,
    { provide: CLOCK, useClass: SystemClock },
    { provide: CONFIG, useValue: { role: 'all', kafka: undefined } },
    {
      provide: Keyring,
      useFactory: () => {
        const keys = Object.fromEntries(INSTALLATION_KEYS.map((key) => [key, randomBytes(32)]));
        return new Keyring(randomBytes(32), keys as Record<InstallationKey, Buffer>);
      },
    },
  ],
  exports: [Readiness, EvidenceWriter, CLOCK, CONFIG],
})
class Surroundings {}

@Module({ providers: [Listener] })
class ListenerModule {}

describe('BusModule', () => {
  let owned: TestDatabase;
  let app: INestApplicationContext;

  beforeEach(async () => {
    owned = await createTestDatabase();
    const root = {
      module: class Root {},
      imports: [
        ObservabilityModule.forRoot(createLogger('silent')),
        DatabaseModule.forRoot({ url: owned.url, poolSize: 8 }),
        Surroundings,
        ListenerModule,
        BusModule,
      ],
    };
    app = await NestFactory.createApplicationContext(root, { logger: false });
    await app
      .get(Database)
      .query(`INSERT INTO installation (instance_id, ledger_origin, installed_at) VALUES ($1, 'o', now())`, [
        randomUUID(),
      ]);
  });
  afterEach(async () => {
    if (app.get(Database).rawPool.ended !== true) await app.close();
    await owned.drop();
  });

  const queue = async (count: number): Promise<void> => {
    await app.get(Database).query(
      `WITH event AS (
         INSERT INTO events
         SELECT uuid_v7_floor(clock_timestamp() + n * interval '1 ms'), 'wish.recorded.v1', NULL, now(), '{"partitionKey":"k"}', '', '', ''
         FROM generate_series(1, $1) AS n
         RETURNING event_id
       )
       INSERT INTO outbox (bucket, event_id) SELECT 7, event_id FROM event`,
      [count],
    );
  };

  it('hands events over once the application runs, and empties the queue when it stops', async () => {
    const { seen } = app.get(Listener);
    const database = app.get(Database);
    await queue(3);
    await until(() => seen.length === 3, 'the events are handled');
    await queue(40);
    await app.close();
    expect(seen).toHaveLength(43);
    expect(database.rawPool.ended).toBe(true);
  });
});

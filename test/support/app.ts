import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module';
import { type Config, loadConfig, type ProcessRole } from '../../src/config/load-config';
import { type Actor, type Role, ROLES } from '../../src/contracts/actor';
import type { Instant } from '../../src/domain/time/instant';
import { CLOCK } from '../../src/platform/clock/clock';
import { DatabaseTime } from '../../src/platform/clock/database-time';
import { appOptions, equipHttpApp, httpAdapter } from '../../src/platform/http/http-app';
import { createLogger, type LineSink } from '../../src/platform/observability/logger';
import { createTestDatabase, type TestDatabase } from './database';
import { FixedClock } from './fixed-clock';
import { HttpCaller, type Serving } from './http';
import { expectEventsAsPublished } from './recorded-events';
import { clearMeetingPlace, meetingPlace, rolesAreApart, RolesApart } from './topology/roles-apart';

export interface AppOverrides {
  /** A database of another test app, for two instances that share one; it is not dropped at the end. */
  database?: TestDatabase;
  /** Keys of that other app's data directory. */
  dataDir?: string;
  /** RFC 3339; both the process and the database then seem to be at this moment. Absent: the real time. */
  now?: string;
  /** Variables of the environment. */
  env?: Record<string, string>;
  /** Providers to put in place of the real ones, by token. */
  providers?: readonly { token: unknown; value: unknown }[];
}

/** The whole gateway in this process, on a database of its own: as one application, or as one of each role. */
export interface TestApp {
  /** Of the role `gateway` where roles are apart. */
  readonly nest: NestFastifyApplication;
  readonly serving: Serving;
  readonly config: Config;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** Only with `now`. */
  readonly clock: FixedClock;
  /** Everything that was logged, one JSON object a line. */
  readonly logged: readonly string[];
  /** With the first admin's key. */
  readonly admin: HttpCaller;
  /** Without any key. */
  readonly anonymous: HttpCaller;
  /** With this key. */
  as(key: string): HttpCaller;
  /** What Prometheus reads, of every application. */
  metrics(): Promise<string>;
  /** A part of whichever application has it. */
  part<T>(token: Type<T>): Promise<T>;
  /** Makes a client and answers for it. */
  client(roles: readonly Role[], more?: Partial<NewClient>): Promise<HttpCaller>;
  close(): Promise<void>;
}

interface NewClient {
  name: string;
  kind: Actor['kind'];
  vendorId: string;
}

export async function startApp(overrides: AppOverrides = {}): Promise<TestApp> {
  const database = overrides.database ?? (await createTestDatabase());
  const dataDir = overrides.dataDir ?? (await mkdtemp(join(tmpdir(), 'quietline-app-')));
  const adminKey = `admin-${randomBytes(24).toString('base64url')}`;
  const variables: Record<string, string> = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    BOOTSTRAP_ADMIN_KEY: adminKey,
    DATABASE_POOL_SIZE: '8',
    // A test runs the monitors itself, or not at all.
    MONITOR_SECONDS: '0',
    ...overrides.env,
  };
  const isApart = rolesAreApart() && variables['ROLE'] === undefined;
  if (isApart)
    Object.assign(variables, { ROLE: 'gateway', ...(await meetingPlace(database.url)), ...overrides.env });
  const config = loadConfig(variables);
  const logged: string[] = [];
  const sink: LineSink = { write: (line) => void logged.push(line) };
  const clock = overrides.now === undefined ? undefined : FixedClock.at(overrides.now);
  const compileRole = (role: ProcessRole): Promise<NestFastifyApplication> =>
    compile(loadConfig({ ...variables, ROLE: role }), sink, clock, overrides);
  const apart = isApart ? await RolesApart.start(compileRole) : undefined;
  const nest = apart?.gateway ?? (await compileRole(config.role));
  const serving: Serving = (method, url) => apart?.serving(method, url) ?? Promise.resolve(nest);
  const everyApp = (): Promise<NestFastifyApplication[]> => apart?.all() ?? Promise.resolve([nest]);
  const as = (key: string | undefined): HttpCaller => new HttpCaller(serving, key);
  const admin = as(config.auth.bootstrapAdminKey);
  return {
    nest,
    serving,
    config,
    database,
    dataDir,
    logged,
    get clock(): FixedClock {
      if (clock === undefined) throw new Error('This app runs on the real time: give it a `now`.');
      return clock;
    },
    admin,
    anonymous: as(undefined),
    as,
    metrics: async () => {
      const answers = await Promise.all((await everyApp()).map((one) => one.inject('/metrics')));
      return answers.map(({ payload }) => payload).join('\n');
    },
    part: async (token) => partOf(await everyApp(), token),
    client: (roles, more) => makeClient(admin, as, roles, more),
    async close() {
      await (apart ?? nest).close();
      try {
        if (overrides.database === undefined) await expectEventsAsPublished(database);
      } finally {
        if (overrides.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
        if (isApart && overrides.database === undefined) await clearMeetingPlace(database.url);
        if (overrides.database === undefined) await database.drop();
      }
    },
  };
}

async function compile(
  config: Config,
  sink: LineSink,
  clock: FixedClock | undefined,
  overrides: AppOverrides,
): Promise<NestFastifyApplication> {
  const log = createLogger('info', sink);
  const { url } = config.database;
  if (url === undefined) throw new Error('A test app has a database of its own.');
  const builder = Test.createTestingModule({
    imports: [AppModule.forRoot({ config, databaseUrl: url, log })],
  });
  if (clock !== undefined) {
    builder.overrideProvider(CLOCK).useValue(clock);
    builder.overrideProvider(DatabaseTime).useValue({ at: (): Instant => clock.now() });
  }
  for (const { token, value } of overrides.providers ?? []) builder.overrideProvider(token).useValue(value);
  const options = appOptions(log);
  if (options.logger !== undefined && typeof options.logger === 'object' && 'log' in options.logger) {
    builder.setLogger(options.logger);
  }
  const module = await builder.compile();
  const nest = module.createNestApplication<NestFastifyApplication>(httpAdapter(log), options);
  await equipHttpApp(nest, log);
  await nest.init();
  await nest.getHttpAdapter().getInstance().ready();
  return nest;
}

function partOf<T>(apps: readonly NestFastifyApplication[], token: Type<T>): T {
  for (const app of apps) {
    try {
      return app.get(token, { strict: false });
    } catch {
      // Another role has it.
    }
  }
  throw new Error(`No application here has a ${token.name}.`);
}

async function makeClient(
  admin: HttpCaller,
  as: (key: string) => HttpCaller,
  roles: readonly Role[],
  more: Partial<NewClient> = {},
): Promise<HttpCaller> {
  const body = { name: `${roles.join(' and ')} of a test`, kind: 'system', roles, ...more };
  const { status, body: made } = await admin.post<{ id: string; key: string }>('/v1/clients', body);
  if (status !== 201) throw new Error(`No client: ${status} ${JSON.stringify(made)}`);
  return as(made.key).named(made.id);
}

/** One client of each role; `compliance` twice as a person, because some things take two. */
export interface Cast extends Record<Role, HttpCaller> {
  /** Two persons with `compliance`. */
  officer: HttpCaller;
  otherOfficer: HttpCaller;
}

export async function makeCast(app: TestApp): Promise<Cast> {
  const officer = await app.client(['compliance'], { kind: 'person', name: 'Officer A' });
  const otherOfficer = await app.client(['compliance'], { kind: 'person', name: 'Officer B' });
  const cast: Partial<Record<Role, HttpCaller>> = { compliance: officer, admin: app.admin };
  for (const role of ROLES) cast[role] ??= await app.client([role]);
  return { ...(cast as Record<Role, HttpCaller>), officer, otherOfficer };
}

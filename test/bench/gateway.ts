import { randomUUID } from 'node:crypto';
import 'reflect-metadata';
import { AppModule } from '../../src/app.module';
import { loadConfig } from '../../src/config/load-config';
import { DatabaseTime } from '../../src/platform/clock/database-time';
import { createHttpApp } from '../../src/platform/http/http-app';
import { randomBytesFast } from '../../src/platform/keys/random';
import * as recordSeal from '../../src/platform/keys/record-seal';
import { createLogger } from '../../src/platform/observability/logger';
import { LEDGER_ORIGIN } from './seeding/installation';
import type { GatewayArguments } from './processes';
import { RoundClock, serveBench } from './served';

/**
 * The gateway as `npm start` runs it, at another time: the one provider through which every reading of the database's
 * clock passes is moved to the working hours of a round.
 */
async function main({ url, dataDir, kekFile, role, kafkaBrokers }: GatewayArguments): Promise<void> {
  const clock = new RoundClock();
  DatabaseTime.prototype.at = (reading) => clock.at(reading);
  const config = loadConfig({
    DATABASE_URL: url,
    DATA_DIR: dataDir,
    KEK_FILE: kekFile,
    LEDGER_ORIGIN,
    LOG_LEVEL: 'warn',
    ROLE: role,
    KAFKA_BROKERS: kafkaBrokers,
    // Nobody reports what is allowed here, and the monitors would stop that.
    MONITOR_SECONDS: '0',
  });
  const log = createLogger(config.logLevel);
  const app = await createHttpApp(AppModule.forRoot({ config, databaseUrl: url, log }), log);
  await serveBench(app, {
    startRound: (at) => clock.startAt(at),
    seal: (on) => {
      sealing.sealRecord = on ? sealRecord : unsealed;
    },
  });
}

/** The module's own object, through which its importers call it. */
const sealing = recordSeal as { sealRecord: typeof recordSeal.sealRecord };
const { sealRecord } = recordSeal;

/** Of nothing: its parts are as long as those of every other record. */
const SAMPLE = sealRecord(
  randomBytesFast(32),
  { id: randomUUID(), type: 'call.decided.v1', at: Date.now() },
  Buffer.alloc(0),
);

/**
 * A record of the same size that nothing was computed for: no key, no cipher, no commitment. The database has the same
 * work as before, so the difference is what sealing costs the process.
 */
const unsealed: typeof recordSeal.sealRecord = (_key, _event, payload) => ({
  ...SAMPLE,
  sealed: Buffer.concat([payload, SAMPLE.sealed]),
});

void main(JSON.parse(process.argv[2] ?? '{}') as GatewayArguments);

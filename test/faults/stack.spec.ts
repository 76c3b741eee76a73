import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Service, SERVICES } from '../../src/contracts/serving';
import { describeWithKafka } from '../support/describe-with-kafka';
import { eventually } from '../support/proofs/eventually';

const STACK = resolve(__dirname, '../../scripts/stack.mjs');
const START_MS = 120_000;
const STOP_MS = 10_000;

interface Announced {
  roles: Record<Service, string>;
  databaseUrl: string;
  kafkaBrokers: string;
  adminKey: string;
}

interface Stack extends Announced {
  readonly child: ChildProcess;
  readonly complaints: () => string;
}

async function start(dataDir: string): Promise<Stack> {
  const child = spawn(process.execPath, [STACK, '--json'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  await eventually(
    'the stack',
    () => {
      if (child.exitCode !== null) throw new Error(`The stack ended:\n${complaints}`);
      return Promise.resolve(said.includes('\n'));
    },
    START_MS,
  );
  return { ...(JSON.parse(said) as Announced), child, complaints: () => complaints };
}

/** Processes, whoever their parent is by now, that name this directory in their arguments or environment. */
function processesOf(dataDir: string): { pid: number; env: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [line, env] = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${name}/${file}`, 'utf8'),
        );
        return `${line}${env}`.includes(dataDir) ? [{ pid: Number(name), env: env ?? '' }] : [];
      } catch {
        return [];
      }
    });
}

const pidOf = (dataDir: string, role: Service): number | undefined =>
  processesOf(dataDir).find(({ env }) => env.split('\0').includes(`ROLE=${role}`))?.pid;

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

describeWithKafka('npm run stack', () => {
  let dataDir: string;
  let stack: Stack;
  beforeAll(async () => {
    // On a path that the user of an embedded server can traverse.
    dataDir = await mkdtemp(join('/tmp', 'quietline-stack-'));
    stack = await start(dataDir);
  }, START_MS);
  afterAll(async () => {
    if (stack?.child.exitCode === null) {
      stack.child.kill('SIGKILL');
      await eventually('the end of everything', () => Promise.resolve(processesOf(dataDir).length === 0));
    }
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  it('has every role in a process of its own, ready, and says where and with which key', async () => {
    const pids = SERVICES.map((role) => pidOf(dataDir, role));
    expect(new Set(pids).size).toBe(SERVICES.length);
    expect(pids).not.toContain(undefined);
    for (const role of SERVICES) expect(await isReady(stack.roles[role])).toBe(true);
    const authorization = `Bearer ${stack.adminKey}`;
    const clients = await fetch(`${stack.roles.gateway}/v1/clients`, { headers: { authorization } });
    expect(clients.status).toBe(200);
    expect((await fetch(`${stack.roles.optout}/v1/clients`, { headers: { authorization } })).status).toBe(
      404,
    );
    expect(stack.databaseUrl).toMatch(/^postgresql:/);
    expect(stack.kafkaBrokers).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('starts a role again at its address when it was killed', async () => {
    const killed = pidOf(dataDir, 'jobs');
    process.kill(killed ?? 0, 'SIGKILL');
    await eventually('another process', () => {
      const now = pidOf(dataDir, 'jobs');
      return Promise.resolve(now !== undefined && now !== killed);
    });
    await eventually('it is ready', () => isReady(stack.roles.jobs));
    expect(stack.complaints()).toContain('The role jobs ended (SIGKILL)');
  }, 60_000);

  it(
    'leaves nothing behind when it is killed itself, and starts again on what it left',
    async () => {
      stack.child.kill('SIGKILL');
      await eventually('the end of everything', () => Promise.resolve(processesOf(dataDir).length === 0));
      const { adminKey } = stack;
      stack = await start(dataDir);
      expect(stack.adminKey).toBe(adminKey);
    },
    START_MS,
  );

  it('stops cleanly within ten seconds', async () => {
    const since = performance.now();
    stack.child.kill('SIGTERM');
    const [code] = (await once(stack.child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(performance.now() - since).toBeLessThan(STOP_MS);
    // Whoever watched over the servers finds them gone, and goes.
    await eventually(
      'the end of everything',
      () => Promise.resolve(processesOf(dataDir).length === 0),
      2_000,
    );
  }, 30_000);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const RUN = join(__dirname, 'run-typescript.cjs');
const COMMAND = join(__dirname, '../../src/cli/quietline.ts');

/** The gateway in a process of its own, as `quietline serve` runs it. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** What it wrote to standard output up to now: the announcement between lines of the log. */
  output(): string;
  /** What it exits with, whenever that is. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  signal(name: NodeJS.Signals): void;
}

/**
 * Starts it on any free port, and waits until it says where it is. `entry` is another file, and its arguments, that
 * serves in the end. @throws Error with its output when it ends first.
 */
export async function startGateway(
  env: Record<string, string>,
  entry: readonly string[] = [COMMAND, 'serve'],
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [RUN, ...entry], {
    // A load that nobody reports would be stopped by the monitors, as it should.
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', MONITOR_SECONDS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = endOf(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      // The whole announcement, whatever the log says before and after it.
      const found = /^Quietline is at (\S+) [\s\S]*?\n\n/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(({ code }) => reject(new Error(`The gateway ended with ${code}:\n${output}`)));
  });
  if (child.pid === undefined) throw new Error('The gateway has no process.');
  return { url, pid: child.pid, output: () => output, ended, signal: (name) => void child.kill(name) };
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

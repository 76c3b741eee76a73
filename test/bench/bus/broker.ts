import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The published broker (`scripts/kafka/broker.mjs`), on loopback. */
export interface BenchBroker {
  readonly brokers: string;
  stop(): Promise<void>;
}

/** @throws Error where Java or Maven are missing. */
export async function startBenchBroker(root: string, directory: string): Promise<BenchBroker> {
  const child = spawn(process.execPath, [join(root, 'scripts/kafka/broker.mjs'), '--dir', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const brokers = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve((JSON.parse(said) as { brokers: string }).brokers);
    });
    void ended.then((code) => reject(new Error(`The broker ended with ${String(code)}.`)));
  });
  return {
    brokers,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

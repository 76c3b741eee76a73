import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadOrder, LoadResult, ServerOrder, ServerReady, ServerUsage } from './load/protocol';

export interface GatewayArguments {
  url: string;
  dataDir: string;
  kekFile: string;
  /** One of several processes that meet at these brokers; otherwise all roles in one. */
  role?: string;
  kafkaBrokers?: string;
}
export type OrdinaryArguments = Pick<GatewayArguments, 'url' | 'kekFile'>;

/** As `npm start` and the image run the gateway, for every process that is compared. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];
const READY_MS = 30_000;
const KILL_AFTER_MS = 5_000;

/** A process of the benchmark that answers one message at a time. */
class Asked {
  private waiting: { resolve(reply: unknown): void; reject(error: Error): void } | undefined;

  protected constructor(
    protected readonly child: ChildProcess,
    readonly name: string,
  ) {
    child.on('message', (reply) => {
      const { waiting } = this;
      this.waiting = undefined;
      waiting?.resolve(reply);
    });
    child.on('exit', (code, signal) => {
      this.waiting?.reject(new Error(`${this.name} ended (${signal ?? String(code)}).`));
    });
  }

  protected reply<T>(message?: object): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.child.exitCode !== null) return reject(new Error(`${this.name} has ended.`));
      this.waiting = { resolve: resolve, reject };
      if (message !== undefined) this.child.send(message);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    const kill = setTimeout(() => this.child.kill('SIGKILL'), KILL_AFTER_MS);
    this.child.disconnect();
    await ended;
    clearTimeout(kill);
  }
}

function start(script: string, argument: string): ChildProcess {
  return fork(join(__dirname, script), [argument], {
    execArgv: NODE_OPTIONS,
    stdio: ['ignore', 2, 2, 'ipc'],
  });
}

/** One of the three servers that are compared. */
export class Server extends Asked {
  private constructor(
    child: ChildProcess,
    override readonly name: string,
    readonly port: number,
  ) {
    super(child, name);
  }

  static async start(name: string, script: string, argument: unknown): Promise<Server> {
    const child = start(script, JSON.stringify(argument));
    const ready = await new Promise<ServerReady>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${name} did not start in time.`)), READY_MS);
      child.once('message', (message) => {
        clearTimeout(late);
        resolve(message as ServerReady);
      });
      child.once('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`${name} did not start (${String(code)}).`));
      });
    });
    return new Server(child, name, ready.port);
  }

  async order(order: ServerOrder): Promise<void> {
    await this.reply(order);
  }

  usage(): Promise<ServerUsage> {
    return this.reply<ServerUsage>({ kind: 'usage' } satisfies ServerOrder);
  }
}

/** The load generator, the same for every server. */
export class LoadGenerator extends Asked {
  static start(): LoadGenerator {
    return new LoadGenerator(start('load-generator.js', ''), 'The load generator');
  }

  async run(order: LoadOrder): Promise<LoadResult> {
    const { result, error } = await this.reply<{ result?: LoadResult; error?: string }>(order);
    if (result === undefined) throw new Error(`The load could not be run: ${error ?? 'no reason given'}`);
    return result;
  }
}

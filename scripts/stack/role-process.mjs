/** One role as a process: started, watched, started again when it dies, and stopped. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../prepare.mjs';

const COMMAND = join(root, 'dist/src/cli/quietline.js');
/** Ends it when we end, however that is. */
const LEASH = pathToFileURL(join(root, 'scripts/stack/leash.mjs')).href;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;
/** One that ran this long did not fail to start: its next restart is quick again. */
const SETTLED_MS = 30_000;
const READY_WITHIN_MS = 90_000;
const LOOK_AGAIN_MS = 100;
const LAST_WORDS = 10;

export class RoleProcess {
  restarts = 0;
  state = 'starting';
  #child;
  #exited = Promise.resolve();
  #over = new AbortController();
  #supervision;
  #lastWords = [];

  constructor(role, port, env, say) {
    this.role = role;
    this.url = `http://127.0.0.1:${port}`;
    this.env = { ...env, ROLE: role, PORT: String(port), HOST: '127.0.0.1' };
    this.say = say;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Resolves when it is ready. @throws Error with its last words where it ends before that. */
  async begin() {
    this.#launch();
    const ended = this.#exited.then(() => {
      throw new Error(`The role ${this.role} does not start:\n${this.#lastWords.join('\n')}`);
    });
    await Promise.race([this.#ready(), ended]);
    ended.catch(() => undefined);
    this.state = 'ready';
    this.#supervision = this.#supervise();
  }

  /** SIGTERM, and SIGKILL to what has not ended by then. */
  async stop(withinMs) {
    this.#over.abort();
    this.state = 'stopping';
    this.#child?.kill('SIGTERM');
    const late = setTimeout(() => {
      this.say(`The role ${this.role} (pid ${this.pid}) did not stop in time and was killed.`);
      this.#child?.kill('SIGKILL');
    }, withinMs);
    await this.#exited;
    clearTimeout(late);
    await this.#supervision;
    this.state = 'stopped';
  }

  #launch() {
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', '--max-semi-space-size=64', '--import', LEASH, COMMAND, 'serve'],
      // A group of its own: a ^C is for us, and we stop them in order.
      { env: this.env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true },
    );
    this.#child = child;
    this.#lastWords = [];
    for (const stream of [child.stdout, child.stderr]) this.#hear(stream);
    this.#exited = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  }

  #hear(stream) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      // Its log; what it tells whoever starts it by hand, the table says for all of them.
      for (const line of lines.filter((text) => text.startsWith('{') || stream === this.#child.stderr)) {
        this.#lastWords = [...this.#lastWords, line].slice(-LAST_WORDS);
        process.stderr.write(`${this.role.padEnd(7)} | ${line}\n`);
      }
    });
  }

  async #supervise() {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.#over.signal.aborted) {
      const since = performance.now();
      const how = await this.#exited;
      if (this.#over.signal.aborted) return;
      if (performance.now() - since > SETTLED_MS) backoff = FIRST_BACKOFF_MS;
      this.state = 'restarting';
      this.restarts += 1;
      this.say(`The role ${this.role} ended (${how}) and is started again in ${backoff} ms.`);
      await delay(backoff, undefined, { signal: this.#over.signal }).catch(() => undefined);
      if (this.#over.signal.aborted) return;
      backoff = Math.min(MAX_BACKOFF_MS, backoff * 2);
      this.#launch();
      void this.#ready().then(
        () => (this.state = this.state === 'restarting' ? 'ready' : this.state),
        () => undefined,
      );
    }
  }

  async #ready() {
    const child = this.#child;
    const deadline = performance.now() + READY_WITHIN_MS;
    let seen = 'no answer';
    while (child.exitCode === null && child.signalCode === null && !this.#over.signal.aborted) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok === true) return;
      if (answer !== undefined) seen = (await answer.json().catch(() => ({}))).detail ?? seen;
      if (performance.now() > deadline) {
        throw new Error(`The role ${this.role} is not ready after ${READY_WITHIN_MS / 1_000} s: ${seen}`);
      }
      await delay(LOOK_AGAIN_MS);
    }
    // Whoever waits for the end of the process is told by that.
    await new Promise(() => undefined);
  }
}

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServerOrder } from './load/protocol';

/** Listens on a free port, tells it to the benchmark, and obeys its orders until the benchmark goes away. */
export async function serveBench(
  app: NestFastifyApplication,
  obey: { startRound?: (at: number) => void; seal?: (on: boolean) => void },
): Promise<void> {
  await app.listen(0, '127.0.0.1');
  const address = app.getHttpServer().address() as { port: number };
  const profiler = new Profiler();
  process.on('message', (order: ServerOrder) => {
    void answer(order).then((reply) => process.send?.(reply));
  });
  // An orphan must not go on serving.
  process.once('disconnect', () => process.exit(0));
  process.send?.({ port: address.port });

  async function answer(order: ServerOrder): Promise<object> {
    switch (order.kind) {
      case 'round':
        obey.startRound?.(order.startsAt);
        return {};
      case 'sealing':
        obey.seal?.(order.on);
        return {};
      case 'usage': {
        const { user, system } = process.cpuUsage();
        return { cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() };
      }
      case 'profile':
        await profiler.start(order.file);
        return {};
      case 'profiled':
        await profiler.stop();
        return {};
    }
  }
}

/** What `node --cpu-prof` records, between two moments. */
class Profiler {
  private readonly session = new Session();
  private file = '';

  async start(file: string): Promise<void> {
    this.file = file;
    this.session.connect();
    await this.post('Profiler.enable');
    await this.post('Profiler.setSamplingInterval', { interval: 500 });
    await this.post('Profiler.start');
  }

  async stop(): Promise<void> {
    const { profile } = await this.post('Profiler.stop');
    writeFileSync(this.file, JSON.stringify(profile));
    this.session.disconnect();
  }

  private post(method: string, parameters?: object): Promise<{ profile?: unknown }> {
    return new Promise((resolve, reject) => {
      this.session.post(method, parameters ?? {}, (error, result?: object) => {
        if (error === null) resolve(result ?? {});
        else reject(error);
      });
    });
  }
}

/** Moves a process to the time of a round: the database's clock goes on, from another moment. */
export class RoundClock {
  private offset = 0;

  startAt(instant: number): void {
    this.offset = instant - Date.now();
  }

  at(reading: number): number {
    return reading + this.offset;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../contracts/app-error';
import { Database } from '../../../platform/database/database';
import { LOG, type Log } from '../../../platform/observability/logger';
import { maySee } from '../call-situations';
import { CallStops } from '../../decisions/stopping/call-stops';
import { CallsService } from '../calls.service';
import { LiveCallsReader } from './live-calls.reader';
import type { LiveSession } from './live-session';

/** A word that any process took reaches the voice within a second: one look at all calls of this process, so often. */
const LOOK_MS = 300;
const PING_MS = 5_000;

/**
 * Every live connection of this process. The database says what changed, because a wish may have come in by any process;
 * the bus would bring it to one of them only.
 */
@Injectable()
export class LiveWatch {
  /** With the mark as of which each was told what stands. */
  private readonly sessions = new Map<LiveSession, string | undefined>();
  private readonly timers: NodeJS.Timeout[] = [];
  private looking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly reader: LiveCallsReader,
    private readonly calls: CallsService,
    private readonly stops: CallStops,
    @Inject(LOG) private readonly log: Log,
  ) {}

  start(): void {
    this.timers.push(
      setInterval(() => this.look(), LOOK_MS).unref(),
      setInterval(() => this.beat(), PING_MS).unref(),
    );
  }

  add(session: LiveSession): void {
    this.sessions.set(session, undefined);
  }

  remove(session: LiveSession): void {
    this.sessions.delete(session);
  }

  /** Every peer gets its answers and a goodbye; who has not gone after `farewellMs` is dropped. */
  async stop(farewellMs: number): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.looking;
    const sessions = [...this.sessions.keys()];
    await Promise.all(sessions.map((session) => session.leave()));
    const deadline = performance.now() + farewellMs;
    while (this.sessions.size > 0 && performance.now() < deadline) await delay(10);
    for (const session of this.sessions.keys()) session.drop();
  }

  private beat(): void {
    for (const session of this.sessions.keys()) {
      session.beat();
      void session.readmit();
    }
  }

  /** One look at a time; a slow database makes them rarer, not more. */
  private look(): void {
    if (this.sessions.size === 0) return;
    this.looking ??= this.lookAt([...this.sessions])
      .catch((error: unknown) => {
        this.log.warn({ err: error }, 'Live calls could not be looked after; tried again at once.');
      })
      .finally(() => (this.looking = undefined));
  }

  private async lookAt(sessions: readonly (readonly [LiveSession, string | undefined])[]): Promise<void> {
    const callIds = [...new Set(sessions.map(([session]) => session.callId))];
    // A stop may have been made by any process, and nobody need have asked this one since.
    await this.stops.refresh();
    const { marks, standing } = await this.database.transaction(async (tx) => {
      const read = await this.stops.mark(tx, await this.reader.marks(tx, callIds));
      const changed = sessions.flatMap(([{ callId }, known]) => (read.get(callId) === known ? [] : [callId]));
      return { marks: read, standing: await this.calls.standingOf(tx, [...new Set(changed)]) };
    });
    for (const [session, known] of sessions) {
      const mark = marks.get(session.callId);
      const found = standing.get(session.callId);
      if (mark === known || found === undefined || !this.sessions.has(session)) continue;
      if (maySee(session.actor, found.call)) session.tell(found.directives);
      else session.dismiss(new AppError('NOT_FOUND', { detail: 'There is no such call.' }));
      this.sessions.set(session, mark);
    }
  }
}

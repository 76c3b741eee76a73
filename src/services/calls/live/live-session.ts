import type { WebSocket } from '@fastify/websocket';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { PROBLEMS } from '../../../contracts/problems';
import type { Directive } from '../../../domain/call/directives';
import { toAppError } from '../../../platform/http/to-app-error';
import type { Log } from '../../../platform/observability/logger';
import type { CallReport } from '../calls.dto';
import { Allowance } from './allowance';
import { FaultyFrame, type LiveFrame, type LiveFrames } from './live-frames';

/** A voice that talks reports a few times a second; beyond this somebody else is at the other end. */
const FRAMES_PER_SECOND = 50;
const BURST = 100;
/** Frames that wait for their answer; whoever sends more does not read what it is told. */
const MOST_WAITING = 64;
/** Two of the largest frames, or all that may wait of the usual ones. */
const MOST_WAITING_BYTES = 131_072;
const MOST_UNREAD_BYTES = 262_144;
/** So many times as much as a voice can speak is a flood, whatever is in it. */
const FLOOD = 10;
/** A flood that does not stop at being hung up on is left. */
const FAREWELL_MS = 1_000;

/** What says by itself that the customer refuses is taken at any pace: whoever waits to be asked again may be gone. */
const ALWAYS_TAKEN: ReadonlySet<CallReport['type']> = new Set(['refused', 'dtmf'] as const);

/** RFC 6455 section 7.4.1. */
export const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** What a session needs of the gateway. */
export interface LiveLine {
  readonly callId: string;
  readonly frames: LiveFrames;
  readonly log: Log;
  /** Who is at the other end, asked anew for each frame: a key that was revoked meanwhile no longer counts. */
  caller(): Promise<Actor>;
  report(actor: Actor, report: CallReport): Promise<Directive[]>;
}

/**
 * One voice on one call. Frames are answered in the order they came, each after its report is stored; nothing is
 * written of a frame that is refused.
 */
export class LiveSession {
  private answered: Promise<void> = Promise.resolve();
  private waiting = 0;
  private readonly pace = new Allowance(FRAMES_PER_SECOND, BURST);
  private readonly patience = new Allowance(FRAMES_PER_SECOND * FLOOD, BURST * FLOOD);
  private hungUp = false;
  private waitingBytes = 0;
  private heardPong = true;
  private leaving = false;
  private dismissed = false;
  private admitting = false;
  /** Directives that the voice has been told, so that it is not told twice of what stands. */
  private readonly told = new Set<Directive['type']>();

  constructor(
    private readonly socket: WebSocket,
    private readonly line: LiveLine,
    /** As admitted last. */
    public actor: Actor,
  ) {
    socket.on('message', (frame: Buffer, isBinary: boolean) => this.onFrame(frame, isBinary));
    socket.on('pong', () => (this.heardPong = true));
  }

  get callId(): string {
    return this.line.callId;
  }

  /** Tells what stands, of which the voice has not been told yet. */
  tell(directives: readonly Directive[]): void {
    const news = directives.filter((directive) => !this.told.has(directive.type));
    if (news.length === 0 || this.leaving || this.dismissed) return;
    for (const { type } of news) this.told.add(type);
    this.send({ directives: news });
  }

  /** Every five seconds; a peer that did not answer the last time is gone. */
  beat(): void {
    if (!this.heardPong) {
      this.socket.terminate();
      return;
    }
    this.heardPong = false;
    this.socket.ping();
  }

  /**
   * Whoever only listens is asked anew as well: a key that was revoked, or a token that has ended, hears nothing more.
   * While the database is away nobody can tell, and nothing can be heard either.
   */
  async readmit(): Promise<void> {
    if (this.admitting || this.dismissed) return;
    this.admitting = true;
    try {
      this.actor = await this.admitted();
    } catch (error) {
      if (error instanceof NoLongerAdmitted) this.dismiss(error);
    } finally {
      this.admitting = false;
    }
  }

  /** Says why, and closes. */
  dismiss(problem: AppError, seq?: number): void {
    if (this.dismissed) return;
    this.dismissed = true;
    this.refuse(problem, seq);
    this.socket.close(POLICY_VIOLATION, 'No longer admitted.');
  }

  /** Answers what has come, takes nothing more, and says goodbye. */
  async leave(): Promise<void> {
    this.leaving = true;
    await this.answered;
    this.socket.close(GOING_AWAY, 'The gateway is stopping: connect again.');
  }

  drop(): void {
    this.socket.terminate();
  }

  private onFrame(frame: Buffer, isBinary: boolean): void {
    if (this.hungUp || this.dismissed) return;
    const isFlood = this.waiting >= MOST_WAITING * FLOOD || this.waitingBytes > MOST_WAITING_BYTES * FLOOD;
    if (isFlood || !this.patience.take()) {
      this.hangUp();
      return;
    }
    const read = this.read(frame, isBinary);
    const refusal = this.whyNot(read, frame.length);
    if (refusal !== undefined) {
      this.refuse(refusal, read.seq);
      return;
    }
    this.waiting += 1;
    this.waitingBytes += frame.length;
    this.answered = this.answered
      .then(() => this.answer(read))
      .finally(() => {
        this.waiting -= 1;
        this.waitingBytes -= frame.length;
      });
  }

  /** What came before is taken all the same. */
  private hangUp(): void {
    this.hungUp = true;
    this.socket.close(POLICY_VIOLATION, 'Far too many frames.');
    setTimeout(() => this.socket.terminate(), FAREWELL_MS).unref();
  }

  /** Before anything is refused, so that it is by its number. */
  private read(frame: Buffer, isBinary: boolean): LiveFrame | FaultyFrame {
    try {
      return this.line.frames.read(frame, isBinary);
    } catch (error) {
      return error instanceof FaultyFrame ? error : new FaultyFrame(toAppError(error), undefined);
    }
  }

  private whyNot(read: LiveFrame | FaultyFrame, bytes: number): AppError | undefined {
    if (this.leaving) {
      return new AppError('DECISION_UNAVAILABLE', { detail: 'The gateway is stopping: connect again.' });
    }
    if ('report' in read && ALWAYS_TAKEN.has(read.report.type)) return undefined;
    const isFull = this.waiting >= MOST_WAITING || this.waitingBytes + bytes > MOST_WAITING_BYTES;
    if (!isFull && this.pace.take()) return undefined;
    return new AppError('RATE_LIMITED', {
      detail: `A connection has at most ${FRAMES_PER_SECOND} frames a second, and few that wait.`,
      members: { retryAfter: 1 },
    });
  }

  private async answer(read: LiveFrame | FaultyFrame): Promise<void> {
    if (this.dismissed) return;
    const { seq } = read;
    try {
      if (read instanceof FaultyFrame) throw read.problem;
      this.actor = await this.admitted();
      const directives = await this.line.report(this.actor, read.report);
      for (const { type } of directives) this.told.add(type);
      this.send({ ack: seq, directives });
    } catch (error) {
      if (error instanceof NoLongerAdmitted) this.dismiss(error, seq);
      else this.refuse(toAppError(error), seq);
    }
  }

  private async admitted(): Promise<Actor> {
    try {
      return await this.line.caller();
    } catch (error) {
      const problem = toAppError(error);
      if (PROBLEMS[problem.code].status >= 500) throw error;
      throw new NoLongerAdmitted(problem);
    }
  }

  private refuse(error: AppError, seq: number | undefined): void {
    const id = randomUUID();
    if (PROBLEMS[error.code].status >= 500) {
      const { callId } = this.line;
      this.line.log.error(
        { err: error.cause ?? error, requestId: id, callId, code: error.code },
        'Frame failed.',
      );
    }
    this.send({ ...(seq === undefined ? {} : { seq }), error: error.toProblem(`urn:uuid:${id}`) });
  }

  private send(message: object): void {
    if (this.socket.bufferedAmount > MOST_UNREAD_BYTES) this.socket.terminate();
    else this.socket.send(JSON.stringify(message));
  }
}

class NoLongerAdmitted extends AppError {
  constructor(problem: AppError) {
    super(problem.code, { detail: problem.message });
  }
}

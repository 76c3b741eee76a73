/**
 * What must become of one person's marketing calls in China, written from RULINGS 4 to 7, API.md "Slots" and
 * READINGS 10, and from nothing of the gateway's own code: no import from src. It is simple where the gateway is fast:
 * everything is computed anew from the list of calls.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CLOCK_TOLERANCE = 5 * SECOND;
const GIVE_BACK_GRACE = 10 * MINUTE;
const LONGEST_CALL = 2 * HOUR;
/** No network rings longer before it gives up: so long before its answer a call may have begun. */
const LONGEST_RINGING = 2 * MINUTE;
/** The whole of China: one zone without daylight saving. */
const CHINA = 8 * HOUR;
const OPENS = [9 * HOUR, 14 * HOUR] as const;
const CLOSES = [12 * HOUR, 21 * HOUR] as const;
const DAYS_AHEAD = 40;

const CAPS = [
  { what: 'attempts', limit: 3, length: DAY },
  { what: 'attempts', limit: 10, length: 30 * DAY },
  { what: 'answered', limit: 1, length: DAY },
] as const;

/** Somebody, or something, took the call up. */
const TAKEN_UP: ReadonlySet<string> = new Set([
  'answered',
  'machine_detected',
  'disclosure_played',
  'transcript',
  'dtmf',
  'refused',
  'human_requested',
  'transferred',
  'recording',
]);
const OVER: ReadonlySet<string> = new Set(['ended', 'failed']);

export interface ModelReport {
  type: string;
  at: number;
  effective: boolean;
  flags: string[];
  /** Of an end: how long anybody spoke. */
  seconds?: number | null;
}

export interface ModelCall {
  id: string;
  decidedAt: number;
  allowed: boolean;
  /** Of an allow only. */
  expiresAt: number;
  redeemedAt?: number;
  reports: ModelReport[];
  /** Names or bodies of the reports taken: the same again is no other report. */
  known: Set<string>;
}

export interface Expected {
  outcome: 'allow' | 'defer';
  codes: string[];
  notBefore?: number;
  expiresAt?: number;
}

export class CallModel {
  readonly calls: ModelCall[] = [];

  constructor(private readonly ttl = 30 * SECOND) {}

  /** What a question at this moment must be answered. */
  judge(now: number): Expected {
    const codes = this.objections(now);
    if (codes.length === 0)
      return { outcome: 'allow', codes, expiresAt: Math.min(now + this.ttl, windowEnd(now)) };
    const legal = this.edges(now)
      .map((edge) => Math.ceil(edge / SECOND) * SECOND)
      .find((second) => this.objections(second).length === 0);
    if (legal === undefined) throw new Error('The model looked too short a time ahead.');
    return { outcome: 'defer', codes, notBefore: legal };
  }

  /** All that time alone lifts, as a question at `at` would meet it if nothing more were reported. */
  objections(at: number): string[] {
    const codes: string[] = [];
    if (!isOpen(at)) codes.push('OUTSIDE_HOURS');
    if (this.calls.some((call) => at < liveUntil(call))) codes.push('CALL_IN_PROGRESS');
    if (CAPS.some((cap) => this.counted(cap, at) >= cap.limit)) codes.push('FREQUENCY_CAP');
    return codes;
  }

  /** Which caps are full; for the statistics of a run. */
  fullCaps(at: number): string[] {
    return CAPS.filter((cap) => this.counted(cap, at) >= cap.limit).map(
      (cap) => `${cap.limit} ${cap.what} in ${cap.length / DAY} d`,
    );
  }

  /** The moments ahead at which something changes by time alone, in order. */
  edges(now: number): number[] {
    const edges: number[] = [];
    for (const call of this.calls) {
      edges.push(liveUntil(call), call.expiresAt, call.expiresAt + GIVE_BACK_GRACE);
      const attempt = attemptAt(call);
      if (attempt !== undefined) edges.push(attempt + DAY, attempt + 30 * DAY);
    }
    const midnight = Math.floor((now + CHINA) / DAY) * DAY - CHINA;
    for (let day = 0; day < DAYS_AHEAD; day++) {
      for (const time of [...OPENS, ...CLOSES]) edges.push(midnight + day * DAY + time);
    }
    return [...new Set(edges)].filter((edge) => edge > now).sort((a, b) => a - b);
  }

  decided(id: string, now: number, expiresAt?: number): ModelCall {
    const call: ModelCall = {
      id,
      decidedAt: now,
      allowed: expiresAt !== undefined,
      expiresAt: expiresAt ?? now,
      reports: [],
      known: new Set(),
    };
    this.calls.push(call);
    return call;
  }

  /** Takes a report as the gateway must; undefined where its time is outside the call's life (422, nothing kept). */
  report(call: ModelCall, report: Told & { name: string }, now: number): ModelReport | undefined {
    if (report.at < call.decidedAt - CLOCK_TOLERANCE || report.at > now + CLOCK_TOLERANCE) return undefined;
    const judged = judgeReport(call, report, now);
    if (!call.known.has(report.name)) call.reports.push(judged);
    call.known.add(report.name);
    return judged;
  }

  /** What the carrier leg is told, and the use of the token. */
  redeem(call: ModelCall, now: number): 'redeemed' | 'void' | 'used' | 'late' {
    if (wasGivenBack(call)) return 'void';
    if (call.redeemedAt !== undefined || endedAt(call) !== undefined) return 'used';
    if (now >= call.expiresAt) return 'late';
    call.redeemedAt = now;
    return 'redeemed';
  }

  private counted(cap: (typeof CAPS)[number], at: number): number {
    return this.calls.filter((call) => {
      const attempt = attemptAt(call);
      // Free again at exactly attempt + length.
      if (attempt === undefined || at >= attempt + cap.length) return false;
      return cap.what === 'attempts' || countsAsAnswered(call, at);
    }).length;
  }
}

/** What a person's row must hold of a call; undefined where it holds nothing of it. */
export function slotOf(call: ModelCall): Record<string, unknown> | undefined {
  const placedAt = begunAt(call);
  if (placedAt === undefined && (!call.allowed || wasGivenBack(call))) return undefined;
  const ended = endedAt(call);
  const answered = effective(call).some(isTakenUp);
  return {
    callId: call.id,
    decidedAt: call.decidedAt,
    expiresAt: call.expiresAt,
    ...(call.redeemedAt === undefined ? {} : { redeemedAt: call.redeemedAt }),
    ...(placedAt === undefined ? {} : { placedAt }),
    ...(answered || ended !== undefined ? { answered } : {}),
    ...(ended === undefined ? {} : { endedAt: ended }),
  };
}

/** Whether the same question again gets the same answer (RULINGS 7). */
export function retryIsAnswered(call: ModelCall, now: number): boolean {
  if (!call.allowed) return true;
  return (
    !wasGivenBack(call) &&
    call.redeemedAt === undefined &&
    begunAt(call) === undefined &&
    now < call.expiresAt
  );
}

/** SHAPES, "Call": a fold of everything that took effect. */
export function stateOf(call: ModelCall, now: number): { state: string; authorization: string } {
  const types = new Set(effective(call).map((report) => report.type));
  const begun = begunAt(call) !== undefined || call.redeemedAt !== undefined;
  // The first word wins, for the state and for the authorization, though a phone that rang all the same counts.
  if (wasGivenBack(call)) return { state: 'not_placed', authorization: 'given_back' };
  const expired = now >= call.expiresAt ? 'expired' : 'live';
  const authorization = !call.allowed ? 'none' : begun ? 'used' : expired;
  if (types.has('ended')) return { state: 'ended', authorization };
  if (types.has('failed')) return { state: 'failed', authorization };
  if (effective(call).some(isTakenUp)) return { state: 'answered', authorization };
  if (types.has('ringing')) return { state: 'ringing', authorization };
  if (begun) return { state: 'placed', authorization };
  if (!call.allowed) return { state: 'refused', authorization };
  return { state: expired === 'live' ? 'authorized' : 'presumed_placed', authorization };
}

/** A report as it is sent; whether by the client that had asked. */
interface Told {
  type: string;
  at: number;
  seconds?: number;
  own: boolean;
}

function judgeReport(call: ModelCall, told: Told, now: number): ModelReport {
  const { own, ...report } = told;
  if (report.type !== 'not_placed') return { ...report, effective: true, flags: flagsOfRinging(call, told) };
  // Of a refused call nothing was taken that could be given back.
  if (!call.allowed) return { ...report, effective: false, flags: [] };
  const flags: string[] = [];
  if (begunAt(call) !== undefined || call.redeemedAt !== undefined) flags.push('CONTRADICTION');
  if (!own) flags.push('FOREIGN_CLIENT');
  if (now > call.expiresAt + GIVE_BACK_GRACE) flags.push('LATE_NOT_PLACED');
  return { ...report, effective: flags.length === 0, flags };
}

/** A phone that rang counts, whatever was allowed or said before; where that was not in order it is flagged. */
function flagsOfRinging(call: ModelCall, told: Told): string[] {
  if (wasGivenBack(call)) return ['CONTRADICTION', 'UNAUTHORIZED_CALL'];
  const flagged = call.reports.some((earlier) => earlier.flags.includes('UNAUTHORIZED_CALL'));
  if (!call.allowed || flagged) return ['UNAUTHORIZED_CALL'];
  if (call.redeemedAt !== undefined) return [];
  // What happens during a call that began in time may be late; a second beginning may not.
  const begun = begunAt(call) !== undefined;
  const late = latestStart(told) >= call.expiresAt;
  return late && (!begun || told.type === 'placed') ? ['UNAUTHORIZED_CALL'] : [];
}

/** The latest moment at which a call can have begun of which this is told. */
function latestStart({ type, at, seconds }: Told): number {
  if (type === 'placed' || type === 'ringing') return at;
  if (type === 'answered' || type === 'machine_detected' || type === 'failed') return at - LONGEST_RINGING;
  return type === 'ended' && seconds !== undefined ? at - seconds * SECOND - LONGEST_RINGING : -Infinity;
}

const effective = (call: ModelCall): ModelReport[] => call.reports.filter((report) => report.effective);

/** A call that lasted was taken up, whatever else was told. */
const isTakenUp = ({ type, seconds }: ModelReport): boolean =>
  TAKEN_UP.has(type) || (type === 'ended' && (seconds ?? 0) > 0);

/** Said in time by whoever had asked, before anything else was: the authorization is no more. */
const wasGivenBack = (call: ModelCall): boolean =>
  call.allowed && effective(call).some((report) => report.type === 'not_placed');

/** The earliest time of a report that only a call which was made can have, within the authorization's life. */
function begunAt(call: ModelCall): number | undefined {
  const times = effective(call)
    .filter((report) => report.type !== 'not_placed')
    .map((report) => report.at);
  if (times.length === 0) return undefined;
  return Math.max(call.decidedAt, Math.min(call.expiresAt, ...times));
}

function endedAt(call: ModelCall): number | undefined {
  const ends = effective(call).filter((report) => OVER.has(report.type));
  return ends.length === 0 ? undefined : Math.min(...ends.map((report) => report.at));
}

/** Until when nobody else may ring this person (RULINGS 4). */
function liveUntil(call: ModelCall): number {
  const begun = begunAt(call) ?? call.redeemedAt;
  if (begun === undefined && (!call.allowed || wasGivenBack(call))) return -Infinity;
  return endedAt(call) ?? (begun === undefined ? call.expiresAt : begun + LONGEST_CALL);
}

/** A silent allow counts as a call at the moment it expired (RULINGS 5); a refused call that rang counts, too. */
function attemptAt(call: ModelCall): number | undefined {
  return begunAt(call) ?? (call.allowed && !wasGivenBack(call) ? call.expiresAt : undefined);
}

/** An unknown end counts as answered; while a call goes on its end is not unknown yet. */
function countsAsAnswered(call: ModelCall, at: number): boolean {
  if (effective(call).some(isTakenUp)) return true;
  return endedAt(call) === undefined && at >= liveUntil(call);
}

const timeOfDay = (at: number): number => (((at + CHINA) % DAY) + DAY) % DAY;

const isOpen = (at: number): boolean =>
  OPENS.some((opens, index) => timeOfDay(at) >= opens && timeOfDay(at) < (CLOSES[index] ?? 0));

const windowEnd = (at: number): number =>
  at - timeOfDay(at) + (CLOSES.find((closes) => timeOfDay(at) < closes) ?? 0);

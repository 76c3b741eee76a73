import fc from 'fast-check';
import { type Answered, type Bank, question } from '../bank';
import { type CallModel, type ModelCall, retryIsAnswered, stateOf } from './call-model';

/** One person's history at the real gateway. */
export interface History {
  bank: Bank;
  to: string;
  /** How often a run met each kind of answer. */
  met: Map<string, number>;
  /** By call id: the question and what it was answered. */
  asked: Map<string, { body: unknown; text: string; token: string | undefined }>;
  told: { callId: string; body: Record<string, unknown>; own: boolean }[];
}

/**
 * Where every history begins. Nothing that ends or begins by the calendar comes near it for eleven weeks: no holiday,
 * no end of an approval; so a history and all that it may be deferred to stay within seven weeks and thirty days.
 */
export const START = Date.parse('2026-07-01T09:00:00+08:00');
const DAY = 86_400_000;
const LATEST = START + 48 * DAY;

type Command = fc.AsyncCommand<CallModel, History>;

interface CallBody {
  state: string;
  authorization: { state: string };
  flags: string[];
}

const iso = (at: number): string => new Date(at).toISOString();

function note(history: History, what: string): void {
  history.met.set(what, (history.met.get(what) ?? 0) + 1);
}

/** The last call, or one before it. */
const callAt = (model: CallModel, back: number): ModelCall => {
  const call = model.calls[model.calls.length - 1 - (back % model.calls.length)];
  if (call === undefined) throw new Error('Nothing was asked yet.');
  return call;
};

const hasCalls = (model: Readonly<CallModel>): boolean => model.calls.length > 0;

async function ask(model: CallModel, history: History): Promise<ModelCall> {
  const { bank, to } = history;
  const now = bank.app.clock.now();
  const expected = model.judge(now);
  const body = question(bank, to);
  const { status, body: answer, text } = await bank.dialer.post<Answered>('/v1/calls/authorize', body);
  expect({
    status,
    outcome: answer.outcome,
    codes: [...new Set(answer.reasons.map((reason) => reason.code))].sort(),
    notBefore: answer.notBefore,
    expiresAt: answer.authorization?.expiresAt,
  }).toEqual({
    status: 200,
    outcome: expected.outcome,
    codes: [...expected.codes].sort(),
    notBefore: expected.notBefore === undefined ? undefined : iso(expected.notBefore),
    expiresAt: expected.expiresAt === undefined ? undefined : iso(expected.expiresAt),
  });
  note(history, [expected.outcome, ...expected.codes].join(' '));
  for (const cap of model.fullCaps(now)) note(history, `full: ${cap}`);
  history.asked.set(answer.callId, { body, text, token: answer.authorization?.token });
  return model.decided(answer.callId, now, expected.expiresAt);
}

async function tell(
  model: CallModel,
  history: History,
  call: ModelCall,
  told: { body: Record<string, unknown>; own: boolean },
  thenLook = true,
): Promise<void> {
  const { bank } = history;
  const { body, own } = told;
  const { type, at, seconds } = body as { type: string; at: string; seconds?: number };
  // The same body is the same report, and its own id is part of it.
  const name = JSON.stringify(body);
  const known = call.known.has(name);
  const judged = model.report(
    call,
    { type, at: Date.parse(at), name, own, ...(seconds === undefined ? {} : { seconds }) },
    bank.app.clock.now(),
  );
  const teller = own ? bank.dialer : bank.cast.dialer;
  const { status } = await teller.post(`/v1/calls/${call.id}/events`, body);
  expect([body, status]).toEqual([body, judged === undefined ? 422 : 200]);
  note(history, judged === undefined ? 'report refused' : known ? 'report again' : 'report taken');
  for (const flag of judged?.flags ?? []) note(history, `flag ${flag}`);
  if (thenLook) await look(history, call);
}

async function ringInVain(model: CallModel, history: History): Promise<void> {
  const call = await ask(model, history);
  if (!call.allowed) return;
  const at = iso(history.bank.app.clock.now());
  await tell(model, history, call, { body: { type: 'placed', at }, own: true }, false);
  await tell(model, history, call, { body: { type: 'ended', at, seconds: 0 }, own: true }, false);
}

async function look(history: History, call: ModelCall): Promise<void> {
  const { bank } = history;
  const { body } = await bank.dialer.get<CallBody>(`/v1/calls/${call.id}`);
  const { state, authorization } = stateOf(call, bank.app.clock.now());
  expect({
    state: body.state,
    authorization: body.authorization.state,
    flags: [...body.flags].sort(),
  }).toEqual({
    state,
    authorization,
    flags: [...new Set(call.reports.flatMap((report) => report.flags))].sort(),
  });
}

/** All calls of a history once more, at its end. */
export async function lookAtAll(model: CallModel, history: History): Promise<void> {
  for (const call of model.calls) await look(history, call);
}

class Ask implements Command {
  check = (): boolean => true;
  async run(model: CallModel, history: History): Promise<void> {
    await ask(model, history);
  }
  toString = (): string => 'ask';
}

/** A whole call that nobody took up: what fills the caps of attempts. */
class AskAndRing implements Command {
  check = (): boolean => true;
  run = ringInVain;
  toString = (): string => 'ask and, where allowed, ring in vain';
}

/** Three days of it: the only way to fill the cap of thirty days within a history of this length. */
class RingForDays implements Command {
  check = (): boolean => true;
  async run(model: CallModel, history: History): Promise<void> {
    const { clock } = history.bank.app;
    for (let day = 0; day < 3; day++) {
      const morning = START + Math.ceil((clock.now() - START) / DAY) * DAY;
      if (morning > LATEST) return;
      clock.set(morning);
      for (let ring = 0; ring < 3; ring++) await ringInVain(model, history);
      clock.advance(1);
    }
  }
  toString = (): string => 'ring in vain for three days';
}

class AskAgain implements Command {
  constructor(private readonly back: number) {}
  check = hasCalls;
  async run(model: CallModel, history: History): Promise<void> {
    const call = callAt(model, this.back);
    const first = history.asked.get(call.id);
    const again = await history.bank.dialer.post<{ code?: string }>('/v1/calls/authorize', first?.body);
    const answered = retryIsAnswered(call, history.bank.app.clock.now());
    if (answered) expect(again.text).toBe(first?.text);
    else expect(again.body).toMatchObject({ status: 409, code: 'AUTHORIZATION_ENDED', callId: call.id });
    note(history, answered ? 'retry answered' : 'retry ended');
  }
  toString = (): string => `repeat the question ${this.back} back`;
}

const TIMES = ['now', 'decided', 'between', 'ahead', 'expiry', 'too early', 'too late'] as const;

class Tell implements Command {
  constructor(
    private readonly told: {
      back: number;
      type: string;
      time: (typeof TIMES)[number];
      named: number;
      seconds: number;
      own: boolean;
    },
  ) {}
  check = hasCalls;
  async run(model: CallModel, history: History): Promise<void> {
    const { back, type, named, seconds, own } = this.told;
    const call = callAt(model, back);
    const body = {
      type,
      at: iso(this.at(call, history.bank.app.clock.now())),
      ...(type === 'machine_detected' ? { kind: 'voicemail' } : {}),
      ...(type === 'failed' ? { cause: 'network' } : {}),
      ...(type === 'ended' && seconds >= 0 ? { seconds } : {}),
      ...(named === 0 ? {} : { eventId: `event-${named}` }),
    };
    history.told.push({ callId: call.id, body, own });
    await tell(model, history, call, { body, own });
  }
  private at(call: ModelCall, now: number): number {
    switch (this.told.time) {
      case 'now':
        return now;
      case 'decided':
        return call.decidedAt;
      case 'between':
        return Math.floor((call.decidedAt + now) / 2);
      case 'ahead':
        return now + 5_000;
      case 'expiry':
        return call.expiresAt;
      case 'too early':
        return call.decidedAt - 5_001;
      case 'too late':
        return now + 5_001;
    }
  }
  toString = (): string => `tell ${JSON.stringify(this.told)}`;
}

/** A call that never was made, told at once: the slot is free again. */
class GiveBack implements Command {
  check = hasCalls;
  async run(model: CallModel, history: History): Promise<void> {
    const body = { type: 'not_placed', at: iso(history.bank.app.clock.now()) };
    await tell(model, history, callAt(model, 0), { body, own: true });
  }
  toString = (): string => 'give the last call back';
}

/** A report of before, by whoever sent it then. */
class TellAgain implements Command {
  constructor(private readonly back: number) {}
  check = hasCalls;
  async run(model: CallModel, history: History): Promise<void> {
    const told = history.told[history.told.length - 1 - (this.back % Math.max(1, history.told.length))];
    const call = model.calls.find((candidate) => candidate.id === told?.callId);
    if (told !== undefined && call !== undefined) await tell(model, history, call, told);
  }
  toString = (): string => `tell again what was told ${this.back} back`;
}

class Redeem implements Command {
  constructor(private readonly back: number) {}
  check = hasCalls;
  async run(model: CallModel, history: History): Promise<void> {
    const { bank, to } = history;
    const call = callAt(model, this.back);
    const token = history.asked.get(call.id)?.token;
    if (token === undefined) return;
    const expected = model.redeem(call, bank.app.clock.now());
    const { status, body } = await bank.cast.carrier.post('/v1/authorizations/redeem', {
      token,
      to,
      callerId: bank.callerId,
    });
    expect([status, status === 200 ? 'redeemed' : body['reason']]).toEqual([
      expected === 'redeemed' ? 200 : 409,
      expected,
    ]);
    note(history, `redeem ${expected}`);
    await look(history, call);
  }
  toString = (): string => `redeem the token ${this.back} back`;
}

class Wait implements Command {
  constructor(private readonly ms: number) {}
  check = (): boolean => true;
  async run(_model: CallModel, history: History): Promise<void> {
    history.bank.app.clock.advance(this.ms);
  }
  toString = (): string => `wait ${this.ms} ms`;
}

/** To the moment at which something changes by time alone, or one millisecond beside it. */
class WaitForEdge implements Command {
  constructor(
    private readonly ahead: number,
    private readonly beside: number,
  ) {}
  check = (): boolean => true;
  async run(model: CallModel, history: History): Promise<void> {
    const { clock } = history.bank.app;
    const edge = model.edges(clock.now())[this.ahead];
    if (edge !== undefined && edge < LATEST) clock.set(Math.max(clock.now(), edge + this.beside));
  }
  toString = (): string => `wait for edge ${this.ahead}, ${this.beside} ms`;
}

const back = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) });
const type = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('placed', 'not_placed', 'ended') },
  {
    weight: 2,
    // A person who was asked for and did not come bars the voice for good: that is a word, and no attempt.
    arbitrary: fc.constantFrom('answered', 'ringing', 'machine_detected', 'transferred', 'failed'),
  },
);
const time = fc.oneof(
  { weight: 6, arbitrary: fc.constant('now' as const) },
  { weight: 3, arbitrary: fc.constantFrom(...TIMES) },
);
/** Below zero: not told. */
const seconds = fc.constantFrom(-1, 0, 1, 40);
const own = fc.oneof(
  { weight: 9, arbitrary: fc.constant(true) },
  { weight: 1, arbitrary: fc.constant(false) },
);
const repeated = <T>(times: number, item: T): T[] => Array.from({ length: times }, () => item);

/** What may happen, as often as it stands here. */
export const HISTORY_COMMANDS: fc.Arbitrary<Command>[] = [
  ...repeated(4, fc.constant(new Ask())),
  ...repeated(3, fc.constant(new AskAndRing())),
  fc.constant(new RingForDays()),
  back.map((calls) => new AskAgain(calls)),
  ...repeated(
    5,
    fc
      .record({ back, type, time, named: fc.oneof(fc.constant(0), fc.nat(3)), seconds, own })
      .map((told) => new Tell(told)),
  ),
  ...repeated(2, fc.constant(new GiveBack())),
  fc.nat(3).map((reports) => new TellAgain(reports)),
  ...repeated(
    3,
    back.map((calls) => new Redeem(calls)),
  ),
  fc.constantFrom(1, 999, 1_000, 5_000, 29_999, 60_000, 600_000).map((ms) => new Wait(ms)),
  ...repeated(
    5,
    fc
      .tuple(fc.oneof(fc.constant(0), fc.nat(8)), fc.constantFrom(-1, 0, 0, 1))
      .map(([ahead, beside]) => new WaitForEdge(ahead, beside)),
  ),
];

import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../contracts/app-error';
import { pointerInClear } from '../../contracts/pointer-in-clear';
import type { InboundReader, InboundRecord } from '../../platform/bus/inbound';
import { failureReason } from '../../platform/bus/failure-reason';
import { type Turns } from '../../platform/bus/turns';
import type { Log } from '../../platform/observability/logger';
import type { SettingsCache } from '../settings/settings-cache';
import type { Arrival, Arrivals } from './arrivals';
import type { Effect, EffectSource } from './effect';
import type { FrontDoorOptions } from './front-door-options';
import type { FrontDoorMetrics, RecordOutcome } from './front-door-metrics';
import { inLines } from './in-lines';
import type { InboundLetters } from './letters/inbound-letters.repository';
import { failureOfTheWork, PassingFailures, willPass } from './passing';

/** What every reader works with. */
export interface DoorParts {
  arrivals: Arrivals;
  letters: InboundLetters;
  metrics: FrontDoorMetrics;
  settings: SettingsCache;
  log: Log;
  options: FrontDoorOptions;
  turns: Turns;
}

/**
 * Takes the records of one topic: each has its effect once, or becomes a letter before its offset moves. One that fails
 * keeps nobody else waiting but later ones of its key that depend on it.
 */
export class EffectReader implements InboundReader {
  readonly name: string;
  readonly topic;
  readonly atOnce = 128;
  private readonly failures = new PassingFailures();

  constructor(
    private readonly source: EffectSource,
    private readonly parts: DoorParts,
  ) {
    this.name = source.name;
    this.topic = source.topic;
  }

  async take(records: readonly InboundRecord[], signal: AbortSignal): Promise<void> {
    // A scope, a campaign or an entity that somebody has just made is known to who names it now.
    await this.parts.settings.fresh();
    await inLines(records, async (record) => {
      signal.throwIfAborted();
      const arrival = this.parts.arrivals.of(record);
      const outcome = await this.handle(arrival, signal);
      this.failures.forget(arrival.print);
      this.parts.metrics.ended(this.topic, outcome);
    });
  }

  private async handle(arrival: Arrival, signal: AbortSignal): Promise<RecordOutcome> {
    const { tries, backoffMs } = this.parts.options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.parts.turns.run(() => this.attempt(arrival));
      } catch (error) {
        if (signal.aborted) throw error;
        if (willPass(error)) return this.keepIfItsOwn(arrival, error);
        if (error instanceof AppError || attempt >= tries) return this.keep(arrival, attempt, error);
        await delay(backoffMs(attempt), undefined, { signal });
      }
    }
  }

  private async attempt(arrival: Arrival): Promise<RecordOutcome> {
    const effect = effectOf(this.source, arrival);
    let outcome: RecordOutcome = 'duplicate';
    await effect.run({
      enter: async (tx) => {
        outcome = await this.parts.letters.enter(tx, this.source, arrival, effect.waits);
        return outcome === 'handled';
      },
    });
    return outcome;
  }

  /**
   * A record that makes the database give up on it every time would stop its partition for ever. That it can be kept
   * shows that the database answers. @throws the failure, as long as it may pass.
   */
  private async keepIfItsOwn(arrival: Arrival, error: unknown): Promise<RecordOutcome> {
    const failure = failureOfTheWork(error);
    if (failure === undefined) throw error;
    const failures = this.failures.add(arrival.print);
    if (failures < this.parts.options.offers) throw error;
    return this.keep(arrival, failures, failure);
  }

  private async keep(arrival: Arrival, attempts: number, error: unknown): Promise<RecordOutcome> {
    const reason = reasonOf(error);
    const kept = await this.parts.letters.keep(this.source, arrival, { attempts, reason });
    if (!kept) return 'duplicate';
    const { topic, partition, offset } = arrival.record;
    const words = 'A record could not be handled; it is kept as a letter.';
    this.parts.log.error({ topic, partition, offset, reason, err: error }, words);
    return 'dead';
  }
}

/** @throws AppError for what is no event, or means nothing we can do. */
export function effectOf(source: EffectSource, { read }: Arrival): Effect {
  if ('event' in read) return source.read(read.event);
  const { code, detail, errors } = read.fault;
  throw new AppError(code, { detail, ...(errors === undefined ? {} : { errors: [...errors] }) });
}

/** Codes and places only: words and names of members may be somebody's own. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof AppError)) return failureReason(error);
  const [member] = error.errors ?? [];
  return member === undefined
    ? error.code
    : `${error.code} ${member.code} at ${pointerInClear(member.pointer) || '/'}`;
}

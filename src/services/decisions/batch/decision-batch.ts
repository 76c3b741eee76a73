import { Injectable } from '@nestjs/common';
import { AppError } from '../../../contracts/app-error';
import { Database } from '../../../platform/database/database';
import { DatabaseUnavailableError } from '../../../platform/database/database-error';
import { PolicyStore } from '../../policies/policy-store';
import { SettingsCache } from '../../settings/settings-cache';
import { DecisionMaker } from './decision-maker';
import { DecisionRepository } from './decision.repository';
import { FirstAnswers } from './first-answers';
import { lockRows } from './locked-rows';
import { NamedCustomers } from './named-customers';
import {
  AnsweredBefore,
  type CallKey,
  keysOf,
  type MadeDecision,
  type PendingDecision,
} from './pending-decision';

export type BatchResult = MadeDecision | Error;
type Open = Map<number, PendingDecision>;

/** Thrown to roll a batch back and decide it again; never leaves this file. */
class DecideAgain extends Error {
  constructor(readonly why: 'settings' | 'keys') {
    super(`The batch must be decided again: ${why} changed.`);
  }
}

const MAX_ROUNDS = 5;

/**
 * Lock, decide, write (RULINGS 1): one transaction for a batch of questions. Every question of a subject is decided on
 * that subject's locked row, in order, each seeing the slots that the ones before it took.
 */
@Injectable()
export class DecisionBatch {
  constructor(
    private readonly database: Database,
    private readonly repository: DecisionRepository,
    private readonly customers: NamedCustomers,
    private readonly maker: DecisionMaker,
    private readonly firstAnswers: FirstAnswers,
    private readonly settings: SettingsCache,
    private readonly policies: PolicyStore,
  ) {}

  /** One result an item, in order. When it returns, every decision in it is durable. */
  async run(items: readonly PendingDecision[]): Promise<BatchResult[]> {
    const results = new Array<BatchResult | undefined>(items.length);
    const open: Open = new Map(items.entries());
    const repeated = setRepeatedKeysAside(open);
    for (let round = 0; open.size > 0; round++) {
      if (round === MAX_ROUNDS) {
        throw new AppError('DECISION_UNAVAILABLE', { detail: 'Settings or keys kept changing meanwhile.' });
      }
      try {
        await this.decideOnce(open, results);
        open.clear();
      } catch (error) {
        if (isCollision(error)) continue;
        if (!(error instanceof DecideAgain)) throw error;
        if (error.why === 'settings') await this.dropRevoked(open, results);
        else await this.answerFromFirst(open, results);
      }
    }
    const own: number[] = [];
    for (const [index, first] of repeated) {
      const result = resultOfRepeated(items, index, first, results[first]);
      if (result instanceof AnsweredBefore && !isSame(items[index]?.event, items[first]?.event))
        own.push(index);
      else results[index] = result;
    }
    await this.runOwn(own, items, results);
    return results.map((result) => result ?? new Error('A question of a batch was left undecided.'));
  }

  /**
   * That the first event has its answer already says nothing of another event that asks for the same call: it has none
   * yet. Fewer each time, because the first is never among them. What is durable by now stands, whatever becomes of these.
   */
  private async runOwn(
    indexes: readonly number[],
    items: readonly PendingDecision[],
    results: (BatchResult | undefined)[],
  ): Promise<void> {
    if (indexes.length === 0) return;
    const asked = indexes.flatMap((index) => items[index] ?? []);
    const answers = await this.run(asked).catch((error: unknown) =>
      asked.map(() => (error instanceof Error ? error : new Error('A question failed.', { cause: error }))),
    );
    indexes.forEach((index, position) => (results[index] = answers[position]));
  }

  private async decideOnce(open: Open, results: (BatchResult | undefined)[]): Promise<void> {
    const settings = this.settings.current();
    const policy = this.policies.current();
    const asked = [...open.values()];
    const made = await this.database.transaction(async (tx) => {
      const rows = await lockRows(tx, this.repository, asked, Date.now());
      const now = rows.size < asked.length ? await this.repository.databaseTime(tx) : 0;
      const elsewhere = await this.customers.resolve(tx, asked, rows);
      const batch = this.maker.decideAll({ asked, rows, elsewhere, settings, policy, now });
      const { guarded, keyed } = await this.repository.write(tx, {
        settingsVersion: settings.version,
        policyVersion: policy.version,
        rows: batch.written,
        changed: batch.changed,
      });
      if (!guarded) throw new DecideAgain('settings');
      if (keyed < batch.written.reduce((sum, row) => sum + row.keys.length, 0)) throw new DecideAgain('keys');
      return batch.made;
    }, 'decisions');
    [...open.keys()].forEach((index, position) => {
      results[index] = made[position];
    });
  }

  /** A setting changed: load it, and refuse whose key was revoked by it (SHAPES: it binds the next request). */
  private async dropRevoked(open: Open, results: (BatchResult | undefined)[]): Promise<void> {
    const settings = await this.settings.fresh();
    for (const [index, { actor }] of open) {
      if (actor.builtIn === true || settings.client(actor.clientId) !== undefined) continue;
      results[index] = new AppError('UNAUTHENTICATED', { detail: 'This key has been revoked.' });
      open.delete(index);
    }
  }

  /** Some keys were used before: those questions get their first answer, the others are decided again. */
  private async answerFromFirst(open: Open, results: (BatchResult | undefined)[]): Promise<void> {
    const answers = await this.firstAnswers.find(open);
    for (const [index, answer] of answers) {
      results[index] = answer;
      open.delete(index);
    }
  }
}

/** Another transaction was in the way and ours was rolled back: nothing happened, so it may be tried again. */
function isCollision(error: unknown): boolean {
  if (!(error instanceof DatabaseUnavailableError) || error.outcome !== 'rolled_back') return false;
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return code === '40001' || code === '40P01';
}

/** Questions of one batch that share a key: only the first is decided. Repeated index → index of the first. */
function setRepeatedKeysAside(open: Open): Map<number, number> {
  const firsts = new Map<string, number>();
  const repeated = new Map<number, number>();
  for (const [index, pending] of open) {
    const names = keysOf(pending).map((key) => `${pending.actor.clientId}${key.hash.toString('latin1')}`);
    const first = names.map((name) => firsts.get(name)).find((known) => known !== undefined);
    if (first === undefined) {
      for (const name of names) firsts.set(name, index);
    } else {
      repeated.set(index, first);
      open.delete(index);
    }
  }
  return repeated;
}

/** The same answer for the same body; another body under the key is a mistake (RULINGS 7). */
function resultOfRepeated(
  items: readonly PendingDecision[],
  index: number,
  first: number,
  result: BatchResult | undefined,
): BatchResult | undefined {
  const [own, other] = [items[index], items[first]];
  if (own === undefined || other === undefined) return result;
  const sameEvent = isSame(own.event, other.event);
  const shared = sameEvent ? [own.event, other.event] : [own.key, other.key];
  if (shared[0]?.request.equals(shared[1]?.request ?? NOTHING) === false) {
    return new AppError('IDEMPOTENCY_MISMATCH', { detail: 'This key was used with another request.' });
  }
  if (result === undefined || result instanceof Error) return result;
  return sameEvent ? new AnsweredBefore() : { ...result, repeated: true };
}

const NOTHING = Buffer.alloc(0);

const isSame = (one: CallKey | undefined, other: CallKey | undefined): boolean =>
  one !== undefined && other !== undefined && one.hash.equals(other.hash);

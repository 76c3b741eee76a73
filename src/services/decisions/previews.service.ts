import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { decide } from '../../domain/decision/decide';
import type { Instant } from '../../domain/time/instant';
import { Database } from '../../platform/database/database';
import { PolicyStore } from '../policies/policy-store';
import { SettingsCache } from '../settings/settings-cache';
import { answerOf } from './answer';
import { gatherFacts } from './batch/ask-facts';
import { DecisionRepository, EMPTY_FACTS } from './batch/decision.repository';
import { DecisionsService } from './decisions.service';
import type { AuthorizeBody, DecisionAnswer } from './decisions.dto';
import { readRows } from './batch/locked-rows';
import { NamedCustomers, seenWith } from './batch/named-customers';
import { PreviewReads } from './preview-reads';
import type { PendingDecision } from './batch/pending-decision';

/** A question of a preview, or the problem with it. */
export type PreviewAsk = AuthorizeBody | AppError;

/**
 * What a decision would be at an instant, judged on the facts as they stand now. It reserves and records nothing but
 * that it was read (API.md, `preview`).
 */
@Injectable()
export class PreviewsService {
  constructor(
    private readonly database: Database,
    private readonly repository: DecisionRepository,
    private readonly customers: NamedCustomers,
    private readonly decisions: DecisionsService,
    private readonly settings: SettingsCache,
    private readonly policies: PolicyStore,
    private readonly reads: PreviewReads,
  ) {}

  /** In order; a faulty row is that row's error. */
  async preview(
    actor: Actor,
    asks: readonly PreviewAsk[],
    at: Instant | undefined,
  ): Promise<(DecisionAnswer | AppError)[]> {
    if (at !== undefined && actor.vendorId !== undefined) {
      // Asking for instant after instant would tell a vendor the end of a cool-down to the second (RULINGS 9).
      throw invalidMember('/at', 'A vendor previews the present moment only.', 'NOT_ALLOWED');
    }
    const rowsOfAsks = asks.map((ask) => this.pendingOrFault(actor, ask));
    const pending = rowsOfAsks.filter((row): row is PendingDecision => !(row instanceof AppError));
    const settings = await this.settings.fresh();
    const policy = this.policies.current();
    return this.database.transaction(async (tx) => {
      const rows = await readRows(tx, this.repository, pending);
      const elsewhere = await this.customers.resolve(tx, pending, rows);
      const now = this.reads.now(await this.repository.databaseTime(tx));
      const touched = new Map<string, { id: string; wrappingKey: Buffer }>();
      const answers = rowsOfAsks.map((ask) => {
        if (ask instanceof AppError) return ask;
        const row = ask.tag === undefined ? undefined : rows.get(ask.tag.toString('hex'));
        if (row !== undefined) touched.set(row.id, row);
        const known = seenWith(row ?? EMPTY_ROW, elsewhere.get(ask));
        const facts = gatherFacts(ask, { settings, policy }, known, at ?? now, this.reads.ttl);
        const decision = decide(facts, policy);
        const answer = answerOf({ decidedAt: facts.at, decision, policyVersion: policy.version }, actor);
        // A preview that would allow promises nothing: it carries no authorization.
        return { ...answer, ...(ask.e164 === undefined ? {} : { e164: ask.e164 }) };
      });
      await this.reads.record(tx, { actor, at: now, touched: [...touched.values()], asked: asks.length });
      return answers;
    });
  }

  private pendingOrFault(actor: Actor, ask: PreviewAsk): PendingDecision | AppError {
    if (ask instanceof AppError) return ask;
    try {
      return this.decisions.pending(actor, ask);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }
}

const EMPTY_ROW = { facts: EMPTY_FACTS, factsText: '', slots: [], slotsText: '' };

import { Inject, Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import type { PendingApproval } from '../../platform/http/schemas';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { type Approval, APPROVAL_LIFE, type ApprovalKind, type Members } from './approval';
import { type ApprovalFilter, ApprovalsRepository } from './approvals.repository';
import { requireAnotherPerson } from './two-persons';

export interface ApprovalRequest {
  kind: string;
  subject: string;
  before?: Members;
  after: Members;
  actor: Actor;
}

/** Whatever one person asks for and another one grants (promise 5). */
@Injectable()
export class ApprovalsService {
  private readonly kinds = new Map<string, ApprovalKind>();

  constructor(
    private readonly repository: ApprovalsRepository,
    private readonly evidence: EvidenceWriter,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Each service registers, before the application listens, the kinds that it asks for. */
  register(kind: string, how: ApprovalKind): void {
    if (this.kinds.has(kind)) throw new Error(`Approvals of kind ${kind} are registered already.`);
    this.kinds.set(kind, how);
  }

  /** Asks, in the caller's transaction; answered as 202. One pending request a kind and subject. */
  async ask(tx: Tx, request: ApprovalRequest): Promise<PendingApproval> {
    const { kind, subject, before, after, actor } = request;
    this.kindOf(kind);
    const now = this.clock.now();
    // Two who ask at once: the second waits here and then sees the first's request.
    await tx.query({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`approval\n${kind}\n${subject}`],
    });
    if (await this.repository.isPending(tx, kind, subject, now)) {
      throw new AppError('CONFLICT', { detail: 'This has been asked for already and waits for a decision.' });
    }
    const approval: Approval = {
      id: uuidV7(now),
      kind,
      subject,
      ...(before === undefined ? {} : { before }),
      after,
      askedBy: { id: actor.clientId, name: actor.name },
      askedAt: now,
      expiresAt: now + APPROVAL_LIFE,
      state: 'pending',
    };
    await this.repository.insert(tx, approval);
    await this.record(tx, 'approval.requested.v1', approval, now);
    return { approvalId: approval.id, state: 'pending' };
  }

  /** Decides, and on approval does what was asked for, in the caller's transaction. */
  async decide(
    tx: Tx,
    id: string,
    actor: Actor,
    verdict: { state: 'approved' | 'rejected'; comment?: string },
  ): Promise<Approval> {
    const now = this.clock.now();
    const approval = await this.repository.lock(tx, id, now);
    if (approval === undefined) throw notFound();
    const kind = this.kindOf(approval.kind);
    requireAnotherPerson(actor, approval.askedBy.id);
    if (!hasRole(actor, ...kind.deciders)) {
      throw new AppError('FORBIDDEN', { detail: `This needs one of the roles ${kind.deciders.join(', ')}.` });
    }
    if (approval.state !== 'pending') {
      throw new AppError('CONFLICT', { detail: `This approval is ${approval.state}.` });
    }
    const decided: Approval = {
      ...approval,
      ...verdict,
      decidedBy: { id: actor.clientId, name: actor.name },
      decidedAt: now,
    };
    await this.repository.decide(tx, { id, by: actor.clientId, at: now, ...verdict });
    await this.record(tx, `approval.${verdict.state}.v1`, decided, now);
    if (verdict.state === 'approved') await kind.execute(tx, approval, actor);
    return decided;
  }

  /**
   * For what was approved but is done by the asker: uses up one approval of these kinds that was granted to this actor
   * and is still in its life. Returns its id, or undefined where there is none. The caller holds a lock on the subject.
   */
  use(tx: Tx, kinds: readonly string[], subject: string, actor: Actor): Promise<string | undefined> {
    return this.repository.use(tx, { kinds, subject, askedBy: actor.clientId, at: this.clock.now() });
  }

  /** `compliance` and `auditor` see all, everybody else what they asked for themselves. */
  async find(id: string, actor: Actor): Promise<Approval> {
    return this.database.transaction(async (tx) => {
      const approval = await this.repository.find(tx, id, this.clock.now());
      if (approval === undefined || !maySee(actor, approval)) throw notFound();
      return this.presented(tx, approval, actor);
    });
  }

  /** One more than the page; one connection for all of it. */
  async list(filter: Omit<ApprovalFilter, 'askedBy'>, actor: Actor): Promise<Approval[]> {
    const own = seesAll(actor) ? {} : { askedBy: actor.clientId };
    return this.database.transaction(async (tx) => {
      const approvals = await this.repository.list(tx, { ...filter, ...own }, this.clock.now());
      const shown: Approval[] = [];
      for (const approval of approvals) shown.push(await this.presented(tx, approval, actor));
      return shown;
    });
  }

  private async presented(tx: Tx, approval: Approval, reader: Actor): Promise<Approval> {
    const presented = await this.kinds.get(approval.kind)?.present?.(approval, reader)(tx);
    return { ...approval, ...presented };
  }

  private kindOf(kind: string): ApprovalKind {
    const known = this.kinds.get(kind);
    if (known === undefined) throw new Error(`Nobody registered approvals of kind ${kind}.`);
    return known;
  }

  /** Both names stand in the record: who asked, and who decided. */
  private async record(tx: Tx, type: string, approval: Approval, at: number): Promise<void> {
    const { id, kind, subject, before, after, askedBy, decidedBy, comment } = approval;
    await this.evidence.record(tx, [
      {
        type,
        at,
        partitionKey: id,
        clear: { approvalId: id, kind, askedBy: askedBy.id, decidedBy: decidedBy?.id },
        payload: { id, kind, subject, before, after, askedBy, decidedBy, comment },
      },
    ]);
  }
}

function seesAll(actor: Actor): boolean {
  return hasRole(actor, 'compliance', 'auditor');
}

function maySee(actor: Actor, approval: Approval): boolean {
  return seesAll(actor) || approval.askedBy.id === actor.clientId;
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', { detail: 'There is no such approval.' });
}

import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import { maskText } from '../../platform/observability/masking';
import type { Approval, ApprovalState, Members } from './approval';

interface ApprovalRow {
  id: string;
  kind: string;
  subject: string;
  before: Members | null;
  after: Members;
  asked_by: string;
  asker: string | null;
  asked_at: Date;
  expires_at: Date;
  state: ApprovalState;
  decided_by: string | null;
  decider: string | null;
  decided_at: Date | null;
  comment: string | null;
}

/** Which approvals a reader may see and wants to. */
export interface ApprovalFilter {
  state?: ApprovalState;
  /** Only what this client asked for. */
  askedBy?: string;
  limit: number;
  cursor?: string;
}

const COLUMNS = `
SELECT a.id, a.kind, a.subject, a.before, a.after, a.asked_by, asker.name AS asker, a.asked_at, a.expires_at, a.state,
  a.decided_by, decider.name AS decider, a.decided_at, a.comment
FROM approvals a
LEFT JOIN clients asker ON asker.id = a.asked_by LEFT JOIN clients decider ON decider.id = a.decided_by`;

@Injectable()
export class ApprovalsRepository {
  async insert(tx: Tx, approval: Approval): Promise<void> {
    await tx.query({
      text: `
INSERT INTO approvals (id, kind, subject, before, after, asked_by, asked_at, expires_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending')`,
      values: [
        approval.id,
        approval.kind,
        approval.subject,
        approval.before === undefined ? null : JSON.stringify(approval.before),
        JSON.stringify(approval.after),
        approval.askedBy.id,
        new Date(approval.askedAt),
        new Date(approval.expiresAt),
      ],
    });
  }

  /** The row stays locked until the transaction ends: of two deciders the second sees the first's decision. */
  async lock(tx: Tx, id: string, now: Instant): Promise<Approval | undefined> {
    const rows = await tx.query<ApprovalRow>({
      text: `${COLUMNS} WHERE a.id = $1 FOR UPDATE OF a`,
      values: [id],
    });
    return rows.map((row) => approvalOf(row, now))[0];
  }

  async find(tx: Tx, id: string, now: Instant): Promise<Approval | undefined> {
    const rows = await tx.query<ApprovalRow>({ text: `${COLUMNS} WHERE a.id = $1`, values: [id] });
    return rows.map((row) => approvalOf(row, now))[0];
  }

  async isPending(tx: Tx, kind: string, subject: string, now: Instant): Promise<boolean> {
    const rows = await tx.query({
      text: `SELECT 1 FROM approvals WHERE kind = $1 AND subject = $2 AND state = 'pending' AND expires_at > $3`,
      values: [kind, subject, new Date(now)],
    });
    return rows.length > 0;
  }

  /** One more than the page, newest first. */
  async list(tx: Tx, filter: ApprovalFilter, now: Instant): Promise<Approval[]> {
    const start = startOf(filter, 'uuid');
    const rows = await tx.query<ApprovalRow>({
      text: `${COLUMNS}
WHERE ($1::timestamptz IS NULL OR (a.asked_at, a.id) < ($1, $2::uuid))
  AND ($3::uuid IS NULL OR a.asked_by = $3)
  AND ($4::text IS NULL OR $4 = CASE WHEN a.state = 'pending' AND a.expires_at <= $5 THEN 'expired' ELSE a.state END)
ORDER BY a.asked_at DESC, a.id DESC LIMIT $6`,
      values: [
        start.at,
        start.id,
        filter.askedBy ?? null,
        filter.state ?? null,
        new Date(now),
        filter.limit + 1,
      ],
    });
    return rows.map((row) => approvalOf(row, now));
  }

  async decide(
    tx: Tx,
    decision: { id: string; state: 'approved' | 'rejected'; by: string; at: Instant; comment?: string },
  ): Promise<void> {
    await tx.query({
      text: 'UPDATE approvals SET state = $2, decided_by = $3, decided_at = $4, comment = $5 WHERE id = $1',
      values: [decision.id, decision.state, decision.by, new Date(decision.at), inClear(decision.comment)],
    });
  }

  /** Marks one approval as used and returns its id; undefined where none is left. */
  async use(
    tx: Tx,
    grant: { kinds: readonly string[]; subject: string; askedBy: string; at: Instant },
  ): Promise<string | undefined> {
    const rows = await tx.query<{ id: string }>({
      text: `
UPDATE approvals SET used_at = $4 WHERE id = (
  SELECT id FROM approvals
  WHERE kind = ANY ($1) AND subject = $2 AND asked_by = $3 AND state = 'approved' AND used_at IS NULL AND expires_at > $4
  ORDER BY expires_at LIMIT 1 FOR UPDATE)
RETURNING id`,
      values: [grant.kinds, grant.subject, grant.askedBy, new Date(grant.at)],
    });
    return rows[0]?.id;
  }
}

/** Whoever comments may write a number down; the words themselves are in the sealed record. */
function inClear(comment: string | undefined): string | null {
  return comment === undefined ? null : maskText(comment);
}

/** A pending approval past its end is an expired one, without a job that would have to say so. */
function approvalOf(row: ApprovalRow, now: Instant): Approval {
  const lapsed = row.state === 'pending' && row.expires_at.getTime() <= now;
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    ...(row.before === null ? {} : { before: row.before }),
    after: row.after,
    askedBy: { id: row.asked_by, name: row.asker ?? '' },
    askedAt: row.asked_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    state: lapsed ? 'expired' : row.state,
    ...(row.decided_by === null ? {} : { decidedBy: { id: row.decided_by, name: row.decider ?? '' } }),
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at.getTime() }),
    ...(row.comment === null ? {} : { comment: row.comment }),
  };
}

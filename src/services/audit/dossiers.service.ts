import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { callState } from '../../domain/call/call-state';
import type { Policy } from '../../domain/policy/policy';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { writeInstant } from '../../platform/http/instants';
import type { DecisionPayload } from '../decisions/batch/decision-record';
import { CallReader, type StoredCall } from '../decisions/call.reader';
import { LedgerReader } from '../ledger/ledger.reader';
import { PolicyStore } from '../policies/policy-store';
import { AuditReader, type OpenedReport } from './audit.reader';
import type { DossierAnswer } from './audit.dto';
import { withMaskedNumbers } from './mask-evidence';

/** Everything the gateway knows of one call, opened for an officer or an auditor — and that they looked (promise 10). */
@Injectable()
export class DossiersService {
  constructor(
    private readonly database: Database,
    private readonly calls: CallReader,
    private readonly audit: AuditReader,
    private readonly evidence: EvidenceWriter,
    private readonly policies: PolicyStore,
    private readonly ledger: LedgerReader,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError NOT_FOUND; RECORD_ERASED once the person has been erased. */
  async read(actor: Actor, callId: string, unmaskReason: string | undefined): Promise<DossierAnswer> {
    const policy = await this.policyOf(callId);
    return this.database.transaction(async (tx) => {
      const { call, payload } = await this.opened(tx, callId);
      const reports = await this.audit.reports(tx, call);
      const { slot, now } = await this.calls.slot(tx, call);
      const readers = await this.audit.readers(tx, call);
      await this.recordRead(tx, actor, call, unmaskReason);
      const shown = unmaskReason === undefined ? masked(payload) : payload;
      const events = reports.map((report) =>
        unmaskReason === undefined ? (withMaskedNumbers(report) as OpenedReport) : report,
      );
      const state = callState(
        {
          outcome: call.outcome,
          reports,
          ...(call.expiresAt === null ? {} : { expiresAt: call.expiresAt }),
          ...(slot === undefined ? {} : { slot }),
        },
        this.time.at(now),
      );
      return {
        callId,
        outcome: call.outcome,
        state,
        decidedAt: writeInstant(call.decidedAt),
        policyVersion: call.policyVersion,
        request: shown.request,
        asker: shown.actor,
        facts: shown.facts,
        decision: { ...payload.decision, verdicts: verdictsOf(payload, policy) },
        events,
        flags: [...new Set(reports.flatMap((report) => report.flags))],
        recording: events.find((event) => event.type === 'recording')?.report ?? null,
        readers,
        ledger: {
          eventId: call.eventId,
          entry: await this.audit.entry(tx, call),
          index: (await this.ledger.indexOf(tx, call.eventId)) ?? null,
        },
      };
    });
  }

  /** Loaded before the transaction, which must not wait for a second connection. */
  private async policyOf(callId: string): Promise<Policy | undefined> {
    const version = await this.database.transaction(
      async (tx) => (await this.calls.find(tx, callId))?.policyVersion,
    );
    return version === undefined ? undefined : this.policies.ofVersion(version);
  }

  /** The call and its opened evidence. */
  async opened(tx: Tx, callId: string): Promise<{ call: StoredCall; payload: DecisionPayload }> {
    const call = await this.calls.find(tx, callId);
    if (call === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such call.' });
    const payload = await this.calls.payload(tx, call);
    if (payload === undefined) {
      throw new AppError('RECORD_ERASED', { detail: 'The person of this call has been erased.' });
    }
    return { call, payload };
  }

  async recordRead(tx: Tx, actor: Actor, call: StoredCall, unmaskReason: string | undefined): Promise<void> {
    const subject = await this.audit.subject(tx, call);
    await this.evidence.record(tx, [
      {
        type: 'call.read.v1',
        at: Date.now(),
        ...(subject === undefined ? {} : { subject }),
        partitionKey: subject?.id ?? call.callId,
        clear: { callId: call.callId, unmasked: unmaskReason !== undefined, clientId: actor.clientId },
        payload: {
          callId: call.callId,
          reader: { clientId: actor.clientId, kind: actor.kind, name: actor.name },
          unmaskReason: unmaskReason ?? null,
        },
      },
    ]);
  }
}

/** A decision's own text never holds a number (verdict.ts), so only what was asked and known is masked. */
function masked({
  request,
  facts,
  actor,
}: DecisionPayload): Pick<DecisionPayload, 'request' | 'facts' | 'actor'> {
  return withMaskedNumbers({ request, facts, actor }) as Pick<DecisionPayload, 'request' | 'facts' | 'actor'>;
}

/** Each rule's result, with what the policy of then says of the rule. */
function verdictsOf({ decision }: DecisionPayload, policy: Policy | undefined): unknown[] {
  const rules = new Map(
    [...(policy?.packs.values() ?? [])].flatMap((pack) => pack.rules.map((rule) => [rule.id, rule])),
  );
  return Object.entries(decision.verdicts).flatMap(([result, ids]) =>
    ids.map((id) => {
      const { summary, citation, force } = rules.get(id) ?? {};
      return { rule: id, result, summary, citation, force };
    }),
  );
}

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import type { Json } from '../../../domain/ledger/canonical-json';
import { type Loosened, loosened, silencedBy } from '../../../domain/results/loosened';
import type { ResultsMapping } from '../../../domain/results/mapping';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import type { PendingApproval } from '../../../platform/http/schemas';
import { maskText } from '../../../platform/observability/masking';
import type { Approval, Presentation } from '../../approvals/approval';
import { ApprovalsService } from '../../approvals/approvals.service';
import { recordedActor } from '../../people/recorded-actor';
import { keptJson } from '../applying/kept-json';
import { LabelAlarms } from '../applying/label-alarms';
import { VendorCallsReader } from '../vendor-calls.reader';
import { MappingsRepository, type StoredMapping } from './mappings.repository';

/** A mapping that somebody wants, beside the one in force. */
interface Change {
  before: StoredMapping | undefined;
  mapping: ResultsMapping;
  example: unknown;
  actor: Actor;
}

const LOOSENING = 'results.mapping';

/**
 * Changes of what a vendor's reports mean. One person may have more heard and more bound; whoever would have less needs
 * another (RULINGS 24), and so does whoever says of a word that waits for compliance that it means nothing.
 */
@Injectable()
export class MappingChanges implements OnModuleInit {
  constructor(
    private readonly mappings: MappingsRepository,
    private readonly alarms: LabelAlarms,
    private readonly approvals: ApprovalsService,
    private readonly events: VendorCallsReader,
    private readonly evidence: EvidenceWriter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.approvals.register(LOOSENING, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.loosen(tx, approval, decider),
      present: (approval) => this.present(approval),
    });
  }

  /** The caller has the vendor's turn. @throws AppError CONFLICT where another loosening waits already. */
  async make(tx: Tx, vendorId: string, change: Change): Promise<StoredMapping | PendingApproval> {
    const { before, mapping } = change;
    if (before === undefined) return this.store(tx, vendorId, change);
    const closed = await this.alarms.openAmong(tx, vendorId, silencedBy(mapping));
    const looser: Loosened[] = [
      ...loosened(before.mapping, mapping),
      ...closed.map(({ kind, text }) => ({ member: kind, word: text })),
    ];
    return looser.length === 0
      ? this.store(tx, vendorId, change)
      : this.ask(tx, vendorId, { ...change, before, looser });
  }

  /** A word of a vendor's may be anything: what is asked for stands sealed, and the approval names its entry. */
  private async ask(
    tx: Tx,
    vendorId: string,
    { before, mapping, example, actor, looser }: Change & { before: StoredMapping; looser: Loosened[] },
  ): Promise<PendingApproval> {
    const version = before.version + 1;
    const [requestEventId = ''] = await this.evidence.record(tx, [
      {
        type: 'result.mapping_requested.v1',
        at: this.clock.now(),
        partitionKey: vendorId,
        clear: { vendorId, version, by: actor.clientId },
        payload: {
          ...contentOf(mapping, example),
          vendorId,
          version,
          looser: looser as unknown as Json,
          actor: recordedActor(actor),
        },
      },
    ]);
    return this.approvals.ask(tx, {
      kind: LOOSENING,
      subject: vendorId,
      before: { version: before.version },
      after: { version, requestEventId, looser: looser.length },
      actor,
    });
  }

  /** The effect, if the mapping is still the one that somebody wanted to change. */
  private async loosen(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    const { subject: vendorId, askedBy } = approval;
    await this.mappings.takeTurn(tx, vendorId);
    const before = await this.mappings.find(tx, vendorId);
    const request = await this.requestOf(tx, approval);
    if (request === undefined || before === undefined || before.version !== approval.before?.['version']) {
      throw new AppError('CONFLICT', { detail: 'The mapping has changed since this was asked for.' });
    }
    const { mapping, example } = request;
    const granted = { approvalId: approval.id, askedBy: askedBy.id };
    await this.store(tx, vendorId, { before, mapping, example, actor: decider }, granted);
  }

  private present(approval: Approval): Presentation {
    return async (tx) => {
      const looser = (await this.requestOf(tx, approval))?.looser ?? [];
      const shown = looser.map(({ word, ...rest }) => ({
        ...rest,
        ...(word === undefined ? {} : { word: maskText(word) }),
      }));
      return {
        ...(approval.before === undefined ? {} : { before: approval.before }),
        after: { ...approval.after, looser: shown },
      };
    };
  }

  private async requestOf(
    tx: Tx,
    { after }: Approval,
  ): Promise<{ mapping: ResultsMapping; example: Json; looser: Loosened[] } | undefined> {
    const { requestEventId } = after;
    if (typeof requestEventId !== 'string') return undefined;
    return (await this.events.opened(tx, requestEventId)) as Awaited<ReturnType<typeof this.requestOf>>;
  }

  /** Whoever asked is the writer; whoever granted it stands beside in the record. */
  private async store(
    tx: Tx,
    vendorId: string,
    { before, mapping, example, actor }: Change,
    granted?: { approvalId: string; askedBy: string },
  ): Promise<StoredMapping> {
    const at = this.clock.now();
    const version = (before?.version ?? 0) + 1;
    const by = granted?.askedBy ?? actor.clientId;
    const [eventId = ''] = await this.evidence.record(tx, [
      {
        type: 'result.mapping_changed.v1',
        at,
        partitionKey: vendorId,
        clear: { vendorId, version, by, ...granted },
        payload: {
          ...contentOf(mapping, example),
          ...granted,
          vendorId,
          version,
          actor: recordedActor(actor),
        },
      },
    ]);
    const stored = { version, mapping, createdAt: at, createdBy: by };
    await this.mappings.insert(tx, { ...stored, vendorId, eventId });
    await this.alarms.settleMapped(tx, { vendorId, mapping, actor });
    return stored;
  }
}

/** The example may be a real report, and so hold a person's number and words. */
const contentOf = (mapping: ResultsMapping, example: unknown) => ({
  mapping: mapping as unknown as Json,
  example: keptJson(example),
});

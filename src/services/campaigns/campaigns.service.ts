import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import { type Page, pageOf } from '../../platform/http/cursor';
import type { Answer } from '../../platform/http/idempotency';
import type { PendingApproval } from '../../platform/http/schemas';
import type { Approval } from '../approvals/approval';
import { ApprovalsService } from '../approvals/approvals.service';
import { PolicyStore } from '../policies/policy-store';
import { SettingChanges } from '../settings/setting-changes';
import {
  type CampaignSettings,
  differsInSubstance,
  membersOf,
  sameSettings,
  settingsOfBody,
  settingsOfRow,
} from './campaign-members';
import { CampaignReferences } from './campaign-references';
import { transition } from './campaign-states';
import { requireOwnVendor, requireVisible } from './campaign-visibility';
import type { CampaignRow } from './campaign.entity';
import { type CampaignAnswer, campaignAnswer, type CampaignBody, type CampaignQuery } from './campaigns.dto';
import { CampaignsRepository } from './campaigns.repository';
import { lockNamed } from './named-rows.repository';
import { hasFewerRules } from './purpose-rules';

const PURPOSE_CHANGE = 'campaign.purpose';

/** No longer what somebody submitted or approved. */
const UNREVIEWED = {
  state: 'draft',
  submittedBy: null,
  approvedBy: null,
  approvedUntil: null,
  reviewComment: null,
} as const;

/** What the institution runs: making and changing campaigns. Their way from draft to end is in `CampaignSteps`. */
@Injectable()
export class CampaignsService implements OnModuleInit {
  constructor(
    private readonly repository: CampaignsRepository,
    private readonly references: CampaignReferences,
    private readonly changes: SettingChanges,
    private readonly approvals: ApprovalsService,
    private readonly policies: PolicyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.approvals.register(PURPOSE_CHANGE, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.changePurpose(tx, approval, decider),
    });
  }

  /**
   * Makes or replaces. A change of substance makes a draft again and drops the approval; the same again changes and
   * records nothing. A purpose that escapes rules waits for another person, and with it the whole change (RULINGS 24).
   */
  async put(
    tx: Tx,
    id: string,
    body: CampaignBody,
    actor: Actor,
  ): Promise<Answer<CampaignAnswer | PendingApproval>> {
    await lockNamed(tx, 'campaign', id);
    const known = await this.repository.read(tx, id);
    const wanted = settingsOfBody(body);
    if (known === undefined) {
      requireOwnVendor(actor, body.vendorId);
      return { status: 201, body: campaignAnswer(await this.make(tx, id, wanted, actor)) };
    }
    requireVisible(actor, known);
    requireOwnVendor(actor, body.vendorId);
    this.requireChangeable(known);
    if (sameSettings(known, wanted)) return { status: 200, body: campaignAnswer(known) };
    await this.references.requireOwners(tx, wanted);
    if (hasFewerRules(this.policies.current(), known.purpose, wanted.purpose)) {
      const before = { ...settingsOfRow(known) };
      const request = { kind: PURPOSE_CHANGE, subject: id, before, after: { ...wanted }, actor };
      return { status: 202, body: await this.approvals.ask(tx, request) };
    }
    return { status: 200, body: campaignAnswer(await this.change(tx, known, wanted, actor)) };
  }

  async find(id: string, actor: Actor): Promise<CampaignAnswer> {
    return campaignAnswer(requireVisible(actor, await this.repository.find(id)));
  }

  async list(query: CampaignQuery, actor: Actor): Promise<Page<CampaignAnswer>> {
    const filter = actor.vendorId === undefined ? query : { ...query, vendorId: actor.vendorId };
    const rows = await this.repository.list(filter);
    return pageOf(
      rows,
      query.limit,
      ({ createdAt, id }) => ({ at: createdAt.getTime(), id }),
      campaignAnswer,
    );
  }

  private async make(tx: Tx, id: string, wanted: CampaignSettings, actor: Actor): Promise<CampaignRow> {
    await this.references.requireOwners(tx, wanted);
    const now = new Date(this.clock.now());
    const row = {
      ...wanted,
      ...UNREVIEWED,
      ...writtenBy(actor.clientId),
      id,
      createdAt: now,
      updatedAt: now,
    };
    await this.save(tx, undefined, row, actor);
    return row;
  }

  private async change(
    tx: Tx,
    known: CampaignRow,
    wanted: CampaignSettings,
    actor: Actor,
    granted?: { approvalId: string; askedBy: string },
  ): Promise<CampaignRow> {
    // Whoever asked is the writer, so that nobody approves what the same person wrote.
    const writer = granted?.askedBy ?? actor.clientId;
    const row: CampaignRow = {
      ...known,
      ...wanted,
      ...(differsInSubstance(known, wanted) ? { ...UNREVIEWED, ...writtenBy(writer, known) } : {}),
      updatedAt: new Date(this.clock.now()),
    };
    await this.save(tx, known, row, actor, granted);
    return row;
  }

  /** The effect of an approved change of purpose, if the campaign is still what it was when somebody asked. */
  private async changePurpose(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    await lockNamed(tx, 'campaign', approval.subject);
    const known = await this.repository.read(tx, approval.subject);
    const before = approval.before as unknown as CampaignSettings;
    if (known === undefined || !sameSettings(known, before)) {
      throw new AppError('CONFLICT', { detail: 'The campaign has changed since this was asked for.' });
    }
    this.requireChangeable(known);
    const wanted = settingsOfRow(approval.after as unknown as CampaignSettings);
    await this.references.requireOwners(tx, wanted);
    await this.change(tx, known, wanted, decider, { approvalId: approval.id, askedBy: approval.askedBy.id });
  }

  private requireChangeable(known: CampaignRow): void {
    const next = transition(
      { state: known.state, approvedUntil: known.approvedUntil?.getTime() },
      'edit',
      this.clock.now(),
    );
    if ('refused' in next) throw new AppError('CONFLICT', { detail: next.refused });
  }

  private async save(
    tx: Tx,
    known: CampaignRow | undefined,
    row: CampaignRow,
    actor: Actor,
    granted?: { approvalId: string; askedBy: string },
  ): Promise<void> {
    await this.repository.save(tx, row);
    await this.changes.record(
      tx,
      {
        type: 'campaign.changed.v1',
        id: row.id,
        actor,
        ...(known === undefined ? {} : { before: membersOf(known) }),
        after: { ...membersOf(row), ...granted },
        clear: { state: row.state, vendorId: row.vendorId, ...granted },
      },
      row.updatedAt.getTime(),
    );
  }
}

/**
 * Who wrote it, after a change of substance. What was approved somebody else has looked at; until then a name that a
 * later one follows stays, so that nobody gets rid of it by having another person touch the campaign.
 */
function writtenBy(writer: string, known?: CampaignRow): Pick<CampaignRow, 'editedBy' | 'writtenBy'> {
  const earlier = known === undefined || known.approvedBy !== null ? [] : known.writtenBy;
  return { editedBy: writer, writtenBy: [...new Set([...earlier, writer])] };
}

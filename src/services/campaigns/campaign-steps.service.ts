import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { DAY, type Instant } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import { readInstant } from '../../platform/http/instants';
import { requireAnotherPerson, requirePerson } from '../approvals/two-persons';
import { SettingChanges } from '../settings/setting-changes';
import { membersOf } from './campaign-members';
import { CampaignReferences } from './campaign-references';
import { type CampaignAction, transition } from './campaign-states';
import { requireVisible } from './campaign-visibility';
import type { CampaignRow } from './campaign.entity';
import { type ApproveBody, type CampaignAnswer, campaignAnswer, type ReturnBody } from './campaigns.dto';
import { CampaignsRepository } from './campaigns.repository';
import { lockNamed } from './named-rows.repository';

/** What nobody has looked at for this long is looked at again (API.md, "Running campaigns"). */
export const LONGEST_APPROVAL = 90 * DAY;

type Step = Exclude<CampaignAction, 'edit'>;
const EVENT: Readonly<Record<Step, string>> = {
  submit: 'campaign.submitted.v1',
  approve: 'campaign.approved.v1',
  return: 'campaign.returned.v1',
  start: 'campaign.started.v1',
  pause: 'campaign.paused.v1',
  end: 'campaign.ended.v1',
};

/** The way of a campaign from draft to end. Each step binds the next decision on every process. */
@Injectable()
export class CampaignSteps {
  constructor(
    private readonly repository: CampaignsRepository,
    private readonly references: CampaignReferences,
    private readonly changes: SettingChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** For review, with everything that a reviewer must see. An approval that has lapsed is gone with it. */
  submit(tx: Tx, id: string, actor: Actor): Promise<CampaignAnswer> {
    return this.take(tx, id, actor, 'submit', async (campaign) => {
      await this.references.requireComplete(tx, id, campaign);
      return { submittedBy: actor.clientId, approvedBy: null, approvedUntil: null, reviewComment: null };
    });
  }

  /** By a person who neither submitted the campaign nor wrote any of what is to be approved. */
  approve(tx: Tx, id: string, body: ApproveBody, actor: Actor): Promise<CampaignAnswer> {
    return this.take(tx, id, actor, 'approve', async (campaign, now) => {
      if (campaign.submittedBy === null) throw new Error('A submitted campaign has no submitter.');
      requireAnotherPerson(actor, campaign.submittedBy);
      for (const writer of campaign.writtenBy) requireAnotherPerson(actor, writer);
      const approvedUntil = new Date(approvalEnd(body.until, now));
      return { approvedBy: actor.clientId, approvedUntil, reviewComment: body.comment ?? null };
    });
  }

  /** Back to who wrote it, with what is missing. */
  return(tx: Tx, id: string, body: ReturnBody, actor: Actor): Promise<CampaignAnswer> {
    return this.take(tx, id, actor, 'return', async () => {
      requirePerson(actor);
      return { reviewComment: body.comment };
    });
  }

  /** Also after a pause: whoever paused may go on while the approval lasts. */
  start(tx: Tx, id: string, actor: Actor): Promise<CampaignAnswer> {
    return this.take(tx, id, actor, 'start');
  }

  pause(tx: Tx, id: string, actor: Actor): Promise<CampaignAnswer> {
    return this.take(tx, id, actor, 'pause');
  }

  /** For good. */
  end(tx: Tx, id: string, actor: Actor): Promise<CampaignAnswer> {
    return this.take(tx, id, actor, 'end');
  }

  private async take(
    tx: Tx,
    id: string,
    actor: Actor,
    action: Step,
    change: (campaign: CampaignRow, now: Instant) => Promise<Partial<CampaignRow>> = async () => ({}),
  ): Promise<CampaignAnswer> {
    await lockNamed(tx, 'campaign', id);
    const before = requireVisible(actor, await this.repository.read(tx, id));
    const now = this.clock.now();
    const approvedUntil = before.approvedUntil?.getTime();
    const next = transition({ state: before.state, approvedUntil }, action, now);
    if ('refused' in next) throw new AppError('CONFLICT', { detail: next.refused });
    const after: CampaignRow = {
      ...before,
      ...(await change(before, now)),
      state: next.to,
      updatedAt: new Date(now),
    };
    await this.repository.save(tx, after);
    await this.changes.record(
      tx,
      {
        type: EVENT[action],
        id,
        actor,
        before: membersOf(before),
        after: membersOf(after),
        clear: { state: after.state, vendorId: after.vendorId },
      },
      now,
    );
    return campaignAnswer(after);
  }
}

function approvalEnd(until: string | undefined, now: Instant): Instant {
  const latest = now + LONGEST_APPROVAL;
  if (until === undefined) return latest;
  const end = readInstant(until, '/until');
  if (end > now && end <= latest) return end;
  throw invalidMember('/until', 'Must be in the future, and at most 90 days on.', 'RANGE');
}

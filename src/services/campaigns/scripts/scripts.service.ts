import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError, invalidMember } from '../../../contracts/app-error';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Tx } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import type { Answer } from '../../../platform/http/idempotency';
import { requireAnotherPerson } from '../../approvals/two-persons';
import { SettingChanges } from '../../settings/setting-changes';
import { requireVisible } from '../campaign-visibility';
import type { CampaignRow } from '../campaign.entity';
import { CampaignsRepository } from '../campaigns.repository';
import { lockNamed, type PageQuery } from '../named-rows.repository';
import { disclosureProblem } from './disclosure-problem';
import type { ScriptRow } from './script.entity';
import { type ScriptAnswer, scriptAnswer, type ScriptBody } from './scripts.dto';
import { ScriptsRepository } from './scripts.repository';

/** What campaigns say, version by version. A version never changes: another text is another version. */
@Injectable()
export class ScriptsService {
  constructor(
    private readonly repository: ScriptsRepository,
    private readonly campaigns: CampaignsRepository,
    private readonly changes: SettingChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The same version with the same words again is the first one. */
  async submit(tx: Tx, campaignId: string, body: ScriptBody, actor: Actor): Promise<Answer<ScriptAnswer>> {
    const campaign = await this.lockCampaign(tx, campaignId, actor);
    const known = await this.repository.read(tx, campaignId, body.version);
    if (known !== undefined) {
      if (sameWords(known, body)) return { status: 200, body: scriptAnswer(known) };
      throw new AppError('CONFLICT', {
        detail: 'This version has other words already; a version never changes.',
      });
    }
    if (campaign.state === 'ended') throw new AppError('CONFLICT', { detail: 'The campaign has ended.' });
    const problem = disclosureProblem(campaign.voice, body.disclosure);
    if (problem !== undefined) throw invalidMember('/disclosure', problem, 'DISCLOSURE');
    const createdAt = new Date(this.clock.now());
    const script = await this.repository.insert(tx, {
      ...body,
      campaignId,
      model: body.model ?? null,
      submittedBy: actor.clientId,
      createdAt,
    });
    await this.changes.record(
      tx,
      {
        type: 'script.submitted.v1',
        id: campaignId,
        actor,
        after: membersOf(script),
        clear: { version: body.version },
      },
      createdAt.getTime(),
    );
    return { status: 201, body: scriptAnswer(script) };
  }

  /** By a person who did not submit it. */
  async approve(tx: Tx, campaignId: string, version: string, actor: Actor): Promise<ScriptAnswer> {
    await this.lockCampaign(tx, campaignId, actor);
    const known = await this.repository.read(tx, campaignId, version);
    if (known === undefined) throw notFound();
    if (known.state !== 'submitted')
      throw new AppError('CONFLICT', { detail: `This version is ${known.state}.` });
    requireAnotherPerson(actor, known.submittedBy);
    const now = new Date(this.clock.now());
    const script = await this.repository.approve(tx, known, actor.clientId, now);
    await this.changes.record(
      tx,
      {
        type: 'script.approved.v1',
        id: campaignId,
        actor,
        before: membersOf(known),
        after: membersOf(script),
        clear: { version },
      },
      now.getTime(),
    );
    return scriptAnswer(script);
  }

  async find(campaignId: string, version: string, actor: Actor): Promise<ScriptAnswer> {
    requireVisible(actor, await this.campaigns.find(campaignId));
    const script = await this.repository.find(campaignId, version);
    if (script === undefined) throw notFound();
    return scriptAnswer(script);
  }

  async list(campaignId: string, page: PageQuery, actor: Actor): Promise<Page<ScriptAnswer>> {
    requireVisible(actor, await this.campaigns.find(campaignId));
    const rows = await this.repository.list(campaignId, page);
    return pageOf(
      rows,
      page.limit,
      (row) => ({ at: row.createdAt.getTime(), id: row.version }),
      scriptAnswer,
    );
  }

  private async lockCampaign(tx: Tx, id: string, actor: Actor): Promise<CampaignRow> {
    await lockNamed(tx, 'campaign', id);
    return requireVisible(actor, await this.campaigns.read(tx, id));
  }
}

function sameWords(known: ScriptRow, body: ScriptBody): boolean {
  return (
    known.kind === body.kind &&
    known.text === body.text &&
    known.disclosure === body.disclosure &&
    known.language === body.language &&
    known.model === (body.model ?? null)
  );
}

function membersOf(script: ScriptRow) {
  const { version, kind, text, disclosure, language, model, textSha256, state, submittedBy, approvedBy } =
    script;
  return { version, kind, text, disclosure, language, model, textSha256, state, submittedBy, approvedBy };
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', { detail: 'There is no such version of the script.' });
}

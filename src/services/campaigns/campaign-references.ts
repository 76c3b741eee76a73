import { Injectable } from '@nestjs/common';
import { AppError, invalidMember } from '../../contracts/app-error';
import type { ProblemMember } from '../../contracts/problems';
import type { Tx } from '../../platform/database/database';
import { CallerIdsRepository } from './caller-ids/caller-ids.repository';
import type { CampaignSettings } from './campaign-members';
import { EntitiesRepository } from './entities/entities.repository';
import { disclosureProblem } from './scripts/disclosure-problem';
import { ScriptsRepository } from './scripts/scripts.repository';
import { VendorsRepository } from './vendors/vendors.repository';

/** Whether what a campaign names is there. */
@Injectable()
export class CampaignReferences {
  constructor(
    private readonly entities: EntitiesRepository,
    private readonly vendors: VendorsRepository,
    private readonly callerIds: CallerIdsRepository,
    private readonly scripts: ScriptsRepository,
  ) {}

  /** What must be there before a campaign can be kept at all. @throws AppError INVALID */
  async requireOwners(tx: Tx, campaign: CampaignSettings): Promise<void> {
    if ((await this.entities.read(tx, campaign.entity)) === undefined) {
      throw invalidMember('/entity', 'There is no such entity.', 'UNKNOWN_ID');
    }
    if (campaign.vendorId !== null && (await this.vendors.read(tx, campaign.vendorId)) === undefined) {
      throw invalidMember('/vendorId', 'There is no such vendor.', 'UNKNOWN_ID');
    }
  }

  /** All that a reviewer must be able to look at. Pointers are into the campaign. @throws AppError INVALID */
  async requireComplete(tx: Tx, id: string, campaign: CampaignSettings): Promise<void> {
    const errors = [
      ...(await this.scriptFaults(tx, id, campaign)),
      ...(await this.vendorFaults(tx, campaign)),
      ...(await this.callerIdFaults(tx, campaign)),
    ];
    if (errors.length === 0) return;
    const names = errors.map(({ pointer }) => pointer).join(', ');
    throw new AppError('INVALID', { detail: `The campaign is not complete: look at ${names}.`, errors });
  }

  private async scriptFaults(tx: Tx, id: string, campaign: CampaignSettings): Promise<ProblemMember[]> {
    const pointer = '/scriptVersion';
    if (campaign.scriptVersion === null) {
      return [{ pointer, code: 'REQUIRED', detail: 'A campaign is submitted with its script.' }];
    }
    const script = await this.scripts.read(tx, id, campaign.scriptVersion);
    if (script === undefined)
      return [{ pointer, code: 'UNKNOWN_ID', detail: 'There is no such version of the script.' }];
    // The voice may have become a machine's after the script was taken for a person's.
    const problem = disclosureProblem(campaign.voice, script.disclosure);
    return problem === undefined ? [] : [{ pointer, code: 'DISCLOSURE', detail: problem }];
  }

  private async vendorFaults(tx: Tx, campaign: CampaignSettings): Promise<ProblemMember[]> {
    if (campaign.vendorId === null) return [];
    const vendor = await this.vendors.read(tx, campaign.vendorId);
    if (vendor?.status === 'active') return [];
    return [{ pointer: '/vendorId', code: 'NOT_ACTIVE', detail: 'The vendor is not active.' }];
  }

  private async callerIdFaults(tx: Tx, campaign: CampaignSettings): Promise<ProblemMember[]> {
    if (campaign.callerIds.length === 0) {
      return [
        {
          pointer: '/callerIds',
          code: 'LENGTH',
          detail: 'A campaign calls with at least one caller number.',
        },
      ];
    }
    const known = await this.callerIds.known(tx, campaign.callerIds);
    return campaign.callerIds.flatMap((callerId, index) =>
      known.has(callerId)
        ? []
        : [{ pointer: `/callerIds/${index}`, code: 'UNKNOWN_ID', detail: 'There is no such caller number.' }],
    );
  }
}

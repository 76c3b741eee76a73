import { canonicalJson } from '../../domain/ledger/canonical-json';
import type { CampaignRow } from './campaign.entity';
import type { CampaignBody } from './campaigns.dto';

/** What a caller sets of a campaign, as it is kept. All but the name is substance. */
export type CampaignSettings = Pick<
  CampaignRow,
  | 'name'
  | 'entity'
  | 'line'
  | 'product'
  | 'productRisk'
  | 'purpose'
  | 'vendorId'
  | 'callerIds'
  | 'voice'
  | 'scriptVersion'
  | 'sharesData'
  | 'usesSensitiveData'
  | 'optOutKey'
>;

export function settingsOfBody(body: CampaignBody): CampaignSettings {
  return {
    ...body,
    productRisk: body.productRisk ?? null,
    vendorId: body.vendorId ?? null,
    scriptVersion: body.scriptVersion ?? null,
  };
}

export function settingsOfRow(row: CampaignSettings): CampaignSettings {
  return {
    name: row.name,
    entity: row.entity,
    line: row.line,
    product: row.product,
    productRisk: row.productRisk,
    purpose: row.purpose,
    vendorId: row.vendorId,
    callerIds: row.callerIds,
    voice: row.voice,
    scriptVersion: row.scriptVersion,
    sharesData: row.sharesData,
    usesSensitiveData: row.usesSensitiveData,
    optOutKey: row.optOutKey,
  };
}

export function sameSettings(one: CampaignSettings, other: CampaignSettings): boolean {
  return canonicalJson({ ...settingsOfRow(one) }) === canonicalJson({ ...settingsOfRow(other) });
}

/** Whether anything but the name differs: then what was approved is no longer what would run. */
export function differsInSubstance(one: CampaignSettings, other: CampaignSettings): boolean {
  return !sameSettings({ ...one, name: '' }, { ...other, name: '' });
}

/** The whole campaign as it stands in the record. */
export function membersOf(row: CampaignRow) {
  return {
    ...settingsOfRow(row),
    state: row.state,
    editedBy: row.editedBy,
    writtenBy: row.writtenBy,
    submittedBy: row.submittedBy,
    approvedBy: row.approvedBy,
    approvedUntil: row.approvedUntil?.toISOString() ?? null,
    reviewComment: row.reviewComment,
  };
}

import { type Static, Type } from '@sinclair/typebox';
import { PRODUCT_RISKS, PURPOSES, VOICES } from '../../domain/decision/purpose';
import { writeInstant } from '../../platform/http/instants';
import {
  closed,
  listOf,
  listQueryWith,
  oneOf,
  PendingApproval,
  prose,
  Slug,
  Timestamp,
  Uuid,
} from '../../platform/http/schemas';
import { CAMPAIGN_STATES, type CampaignState } from './campaign-states';

const MAX_CALLER_IDS = 200;
const DEFAULT_OPT_OUT_KEY = '9';

export const CampaignBody = closed({
  name: prose(200),
  entity: Slug,
  line: Slug,
  product: Slug,
  productRisk: Type.Optional(oneOf(PRODUCT_RISKS)),
  purpose: oneOf(PURPOSES),
  vendorId: Type.Optional(Slug),
  callerIds: Type.Array(Slug, {
    maxItems: MAX_CALLER_IDS,
    uniqueItems: true,
    description: 'Ids of registered caller numbers.',
  }),
  voice: oneOf(VOICES),
  scriptVersion: Type.Optional(Slug),
  sharesData: Type.Boolean({ default: false }),
  usesSensitiveData: Type.Boolean({ default: false }),
  optOutKey: Type.String({
    pattern: '^[0-9*#]$',
    default: DEFAULT_OPT_OUT_KEY,
    description: 'The key that says stop.',
  }),
});
export type CampaignBody = Static<typeof CampaignBody>;

export const ApproveBody = closed({
  comment: Type.Optional(prose(2_000)),
  until: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'When the approval lapses: at most, and by default, 90 days on.',
    }),
  ),
});
export type ApproveBody = Static<typeof ApproveBody>;

export const ReturnBody = closed({ comment: prose(2_000) });
export type ReturnBody = Static<typeof ReturnBody>;

export const CampaignQuery = listQueryWith({
  state: Type.Optional(oneOf(CAMPAIGN_STATES)),
  vendorId: Type.Optional(Slug),
});
export type CampaignQuery = Static<typeof CampaignQuery>;

export const CampaignAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  entity: Type.String(),
  line: Type.String(),
  product: Type.String(),
  productRisk: Type.Optional(oneOf(PRODUCT_RISKS)),
  purpose: oneOf(PURPOSES),
  vendorId: Type.Optional(Type.String()),
  callerIds: Type.Array(Type.String()),
  voice: oneOf(VOICES),
  scriptVersion: Type.Optional(Type.String()),
  sharesData: Type.Boolean(),
  usesSensitiveData: Type.Boolean(),
  optOutKey: Type.String(),
  state: oneOf(CAMPAIGN_STATES),
  editedBy: Uuid,
  submittedBy: Type.Optional(Uuid),
  approvedBy: Type.Optional(Uuid),
  approvedUntil: Type.Optional(Timestamp),
  reviewComment: Type.Optional(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type CampaignAnswer = Static<typeof CampaignAnswer>;
export const CampaignList = listOf(CampaignAnswer);
export const PutOrAsked = { 200: CampaignAnswer, 201: CampaignAnswer, 202: PendingApproval };

/** What an answer is made of, wherever it is kept. */
type CampaignRecord = Omit<CampaignBody, 'productRisk' | 'vendorId' | 'scriptVersion'> & {
  id: string;
  productRisk: NonNullable<CampaignBody['productRisk']> | null;
  vendorId: string | null;
  scriptVersion: string | null;
  state: CampaignState;
  editedBy: string;
  writtenBy: readonly string[];
  submittedBy: string | null;
  approvedBy: string | null;
  approvedUntil: Date | null;
  reviewComment: string | null;
  createdAt: Date;
  updatedAt: Date;
};

export function campaignAnswer(campaign: CampaignRecord): CampaignAnswer {
  const { approvedUntil, createdAt, updatedAt, writtenBy: _, ...rest } = campaign;
  const { productRisk, vendorId, scriptVersion, submittedBy, approvedBy, reviewComment, ...always } = rest;
  return {
    ...always,
    ...(productRisk === null ? {} : { productRisk }),
    ...(vendorId === null ? {} : { vendorId }),
    ...(scriptVersion === null ? {} : { scriptVersion }),
    ...(submittedBy === null ? {} : { submittedBy }),
    ...(approvedBy === null ? {} : { approvedBy }),
    ...(approvedUntil === null ? {} : { approvedUntil: writeInstant(approvedUntil.getTime()) }),
    ...(reviewComment === null ? {} : { reviewComment }),
    createdAt: writeInstant(createdAt.getTime()),
    updatedAt: writeInstant(updatedAt.getTime()),
  };
}

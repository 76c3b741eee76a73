import type { CampaignFacts } from '../../domain/decision/facts';
import type { Instant } from '../../domain/time/instant';

export type CampaignState = CampaignFacts['state'];
export const CAMPAIGN_STATES = [
  'draft',
  'submitted',
  'returned',
  'approved',
  'running',
  'paused',
  'ended',
] as const satisfies readonly CampaignState[];

/** `edit` is any change of substance: everything but the name. */
export type CampaignAction = 'edit' | 'submit' | 'approve' | 'return' | 'start' | 'pause' | 'end';

/**
 * What may follow what (API.md, "Running campaigns"). A change of substance always ends in a draft, so that nothing
 * runs that nobody approved. A pause is no stop: who paused may go on while the approval lasts (RULINGS 24).
 */
const NEXT: Readonly<Record<CampaignState, Partial<Record<CampaignAction, CampaignState>>>> = {
  draft: { edit: 'draft', submit: 'submitted', end: 'ended' },
  submitted: { edit: 'draft', approve: 'approved', return: 'returned', end: 'ended' },
  returned: { edit: 'draft', submit: 'submitted', end: 'ended' },
  approved: { edit: 'draft', submit: 'submitted', start: 'running', end: 'ended' },
  running: { edit: 'draft', submit: 'submitted', pause: 'paused', end: 'ended' },
  paused: { edit: 'draft', submit: 'submitted', start: 'running', end: 'ended' },
  ended: {},
};

export type Transition = { to: CampaignState } | { refused: string };

/**
 * The state after an action, or why the action cannot be had. An approval lapses by itself: what then remains is to
 * submit the campaign again, which an approval that still lasts does not permit, because it would stop the campaign.
 */
export function transition(
  campaign: { state: CampaignState; approvedUntil: Instant | undefined },
  action: CampaignAction,
  at: Instant,
): Transition {
  const { state, approvedUntil } = campaign;
  const to = NEXT[state][action];
  if (to === undefined) return { refused: `A campaign that is ${state} cannot ${WORDS[action]}.` };
  const lapsed = approvedUntil === undefined || at >= approvedUntil;
  const wasApproved = state === 'approved' || state === 'running' || state === 'paused';
  if (action === 'submit' && wasApproved && !lapsed) {
    return { refused: 'The campaign is approved, and its approval has not lapsed.' };
  }
  if (action === 'start' && lapsed) {
    return { refused: 'The approval has lapsed: the campaign must be submitted again.' };
  }
  return { to };
}

const WORDS: Readonly<Record<CampaignAction, string>> = {
  edit: 'be changed',
  submit: 'be submitted',
  approve: 'be approved',
  return: 'be returned',
  start: 'be started',
  pause: 'be paused',
  end: 'be ended',
};

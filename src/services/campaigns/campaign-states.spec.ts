import fc from 'fast-check';
import {
  CAMPAIGN_STATES,
  type CampaignAction,
  type CampaignState,
  type Transition,
  transition,
} from './campaign-states';

const NOW = Date.parse('2026-11-23T02:00:00Z');
const LASTING = NOW + 1;
const LAPSED = NOW;
const ACTIONS: CampaignAction[] = ['edit', 'submit', 'approve', 'return', 'start', 'pause', 'end'];

/** The whole machine: the state after each action while the approval lasts; a hyphen where it is refused. */
const TABLE: Record<CampaignState, Record<CampaignAction, CampaignState | '-'>> = {
  draft: {
    edit: 'draft',
    submit: 'submitted',
    approve: '-',
    return: '-',
    start: '-',
    pause: '-',
    end: 'ended',
  },
  submitted: {
    edit: 'draft',
    submit: '-',
    approve: 'approved',
    return: 'returned',
    start: '-',
    pause: '-',
    end: 'ended',
  },
  returned: {
    edit: 'draft',
    submit: 'submitted',
    approve: '-',
    return: '-',
    start: '-',
    pause: '-',
    end: 'ended',
  },
  approved: {
    edit: 'draft',
    submit: '-',
    approve: '-',
    return: '-',
    start: 'running',
    pause: '-',
    end: 'ended',
  },
  running: {
    edit: 'draft',
    submit: '-',
    approve: '-',
    return: '-',
    start: '-',
    pause: 'paused',
    end: 'ended',
  },
  paused: {
    edit: 'draft',
    submit: '-',
    approve: '-',
    return: '-',
    start: 'running',
    pause: '-',
    end: 'ended',
  },
  ended: { edit: '-', submit: '-', approve: '-', return: '-', start: '-', pause: '-', end: '-' },
};

const outcome = (result: Transition): CampaignState | '-' => ('to' in result ? result.to : '-');
const wasApproved = (state: CampaignState): boolean => ['approved', 'running', 'paused'].includes(state);
const cases = CAMPAIGN_STATES.flatMap((state) => ACTIONS.map((action) => [state, action] as const));

describe('transition', () => {
  it.each(cases)('from %s, %s', (state, action) => {
    const approvedUntil = wasApproved(state) ? LASTING : undefined;
    expect(outcome(transition({ state, approvedUntil }, action, NOW))).toBe(TABLE[state][action]);
  });

  it.each([
    ['approved', 'start', '-'],
    ['paused', 'start', '-'],
    ['approved', 'submit', 'submitted'],
    ['running', 'submit', 'submitted'],
    ['paused', 'submit', 'submitted'],
    ['running', 'pause', 'paused'],
    ['running', 'end', 'ended'],
  ] as const)('from %s with an approval that lapses now, %s gives %s', (state, action, expected) => {
    expect(outcome(transition({ state, approvedUntil: LAPSED }, action, NOW))).toBe(expected);
  });

  it('says what is refused and why', () => {
    expect(transition({ state: 'draft', approvedUntil: undefined }, 'start', NOW)).toEqual({
      refused: 'A campaign that is draft cannot be started.',
    });
    expect(transition({ state: 'paused', approvedUntil: LAPSED }, 'start', NOW)).toEqual({
      refused: expect.stringContaining('lapsed') as string,
    });
  });

  it('never runs a campaign that was not approved after its last change of substance', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ACTIONS), { maxLength: 40 }), (actions) => {
        let state: CampaignState = 'draft';
        let approved = false;
        for (const action of actions) {
          const next = outcome(
            transition({ state, approvedUntil: approved ? LASTING : undefined }, action, NOW),
          );
          if (next === '-') continue;
          if (action === 'approve') approved = true;
          if (action === 'edit' || action === 'submit' || action === 'return') approved = false;
          state = next;
          expect(state === 'running' && !approved).toBe(false);
        }
      }),
    );
  });
});

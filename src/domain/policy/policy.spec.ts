import { policyOf, testPack } from '../../../test/vectors/rules/rule-vectors';
import { shippedPolicyBody } from '../../packs/load-packs';
import { bodyFaults } from './body-faults';
import { dayNamed } from './calendar';
import type { Calendar, Pack, Rule } from './pack';
import { policyFrom } from './policy';

const body = shippedPolicyBody();
const china = body.packs[0] as Pack;
const overlay = testPack('ningxia');

const faultsOf = (pack: Partial<Pack>): string[] =>
  bodyFaults([china, { ...overlay, ...pack }], body.calendars);

/** The overlay with one rule that is `base` and the changes. */
const withRule = (kind: Rule['kind'], changes: object): Partial<Pack> => {
  const base = china.rules.find((rule) => rule.kind === kind) as Rule;
  return { purposes: base.purposes, rules: [{ ...base, id: 'x', ...changes }] };
};

const citation = china.rules[0]?.citation as Rule['citation'];

describe('a policy', () => {
  it('is built from a body without faults', () => {
    const policy = policyFrom(body, 'v1');
    expect([...policy.packs.keys()]).toEqual(['cn', 'us']);
    expect([...policy.calendars.keys()]).toEqual(['cn-public']);
    expect([policy.subdivisions.get('CN:951'), policy.subdivisions.get('CN:10')]).toEqual(['CN-NX', 'CN-BJ']);
    expect(policy.version).toBe('v1');
  });

  it('is not built from a body that contradicts itself', () => {
    expect(() => policyOf([{ ...overlay, parent: 'fr' }])).toThrow('cn-nx narrows fr, which is not there');
  });
});

describe('faults of a policy body', () => {
  it('are none in what is shipped, nor with an overlay', () => {
    expect(bodyFaults(body.packs, body.calendars)).toEqual([]);
    expect(faultsOf({})).toEqual([]);
  });

  it('are names that are there twice', () => {
    const [first] = body.calendars as [Calendar];
    const faults = bodyFaults([china, china], [first, first]);
    expect(faults).toEqual(
      expect.arrayContaining([
        'pack cn is there twice',
        'jurisdiction CN is there twice',
        'rule cn-calling-window is there twice',
        'calendar cn-public is there twice',
      ]),
    );
  });

  it.each<[string, Partial<Pack>]>([
    ['cn-nx has the unknown time zone Asia/Atlantis', { timeZones: ['Asia/Atlantis'] }],
    ['cn-nx is complete without time zones or purposes', { timeZones: [] }],
    ['cn-nx is complete without time zones or purposes', { purposes: [], rules: [] }],
    ['cn-nx has the reaskConsentAfter soon', { reaskConsentAfter: 'soon' }],
    ['cn-nx narrows us, which is not there', { parent: 'us' }],
    ['cn-nx narrows cn-nx, an overlay itself', { parent: 'cn-nx' }],
    ['cn-nx is no part of CN', { jurisdiction: 'US-NV' }],
    ['cn-nx answers for purposes that cn refuses', { purposes: ['collection', 'marketing', 'survey'] }],
    ['rule x has the date 2026-02-29', withRule('window', { reviewBy: '2026-02-29' })],
    ['rule x has the date soon', withRule('window', { citation: { ...citation, effectiveUntil: 'soon' } })],
    [
      'rule x has an end before its beginning',
      withRule('window', { citation: { ...citation, effectiveUntil: '1999-12-31' } }),
    ],
    ['rule x has a purpose that its pack refuses', { ...withRule('window', {}), purposes: ['marketing'] }],
    [
      'rule x has hours that are none',
      withRule('window', { values: { open: [{ days: ['mon'], from: '12:00', to: '09:00' }] } }),
    ],
    ['rule x has a calendar that is not there', withRule('holidays', { values: { calendar: 'cn-lunar' } })],
    [
      'rule x has a rolling period of no fixed length',
      withRule('cap', { values: { count: 'attempts', limit: 1, rolling: 'P1M', counts: ['marketing'] } }),
    ],
    [
      'rule x has a rolling period of no fixed length',
      withRule('cap', { values: { count: 'attempts', limit: 1, rolling: 'a day', counts: ['marketing'] } }),
    ],
    [
      'rule x has the duration a day',
      withRule('cooldown', { values: { after: 'refuse_now', duration: 'a day' } }),
    ],
    [
      'rule x has the duration ever',
      withRule('retention', { values: { record: 'decision', minimum: 'ever' } }),
    ],
    [
      'rule x has the duration P2W',
      withRule('consent', {
        values: {
          purpose: 'campaign',
          channels: ['voice_ai'],
          required: [],
          disqualifying: [],
          maxAge: 'P2W',
        },
      }),
    ],
  ])('%s', (fault, changes) => {
    expect(faultsOf(changes)).toContain(fault);
  });

  it('are dates of a calendar that are no dates, lie in another year or stand twice', () => {
    const years = {
      2026: {
        dates: ['2026-02-30', '2027-01-01', '2026-10-01'],
        workdays: ['2026-10-01'],
        source: '-',
        readOn: '-',
      },
    };
    expect(bodyFaults([], [{ id: 'c', jurisdiction: 'CN', years }])).toEqual([
      'calendar c: 2026-10-01 is there twice',
      'calendar c has 2026-02-30 in 2026',
      'calendar c has 2027-01-01 in 2026',
    ]);
  });

  it('would otherwise stop a decision instead of freeing a day', () => {
    expect(() => dayNamed('2026-02-30')).toThrow('Not a date');
  });
});

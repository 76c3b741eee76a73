import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { getDayDetail } from 'chinese-days';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyFaults } from '../domain/policy/body-faults';
import type { Calendar, Pack } from '../domain/policy/pack';
import { DAY } from '../domain/time/instant';
import { shippedPolicyBody } from './load-packs';

const TEST_PACKS = join(__dirname, '../../test/vectors/rules/packs');
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));
const filesOf = (folder: string): [string, unknown][] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .map((name) => [name, read(folder, name)]);

const ajv = addFormats(
  new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }),
);
const validatorOf = (name: string): ValidateFunction => ajv.compile(read(__dirname, name) as object);
const validatePack = validatorOf('pack.schema.json');
const validateCalendar = validatorOf('calendar.schema.json');

const body = shippedPolicyBody();
const rules = body.packs.flatMap((pack) => pack.rules);
const china = body.packs.find(({ id }) => id === 'cn') as Pack;

describe('pack files', () => {
  it.each([...filesOf(__dirname), ...filesOf(TEST_PACKS)])('%s follows the schema', (_name, pack) => {
    validatePack(pack);
    expect(validatePack.errors).toBeNull();
  });

  it('are all shipped', () => {
    expect(
      filesOf(__dirname)
        .map(([, pack]) => (pack as Pack).id)
        .sort(),
    ).toEqual(body.packs.map(({ id }) => id).sort());
    expect(filesOf(join(__dirname, 'calendars')).map(([, calendar]) => (calendar as Calendar).id)).toEqual(
      body.calendars.map(({ id }) => id),
    );
  });

  it('do not contradict each other', () => {
    expect(bodyFaults(body.packs, body.calendars)).toEqual([]);
  });

  it.each<[string, (rule: Record<string, unknown>) => void]>([
    ['an unknown member', (rule) => (rule['extra'] = 1)],
    ['no citation', (rule) => delete rule['citation']],
    ['values of another kind', (rule) => (rule['values'] = { calendar: 'cn-public' })],
    ['an unknown kind', (rule) => (rule['kind'] = 'hours')],
    ['no purpose', (rule) => (rule['purposes'] = [])],
    ['a date that is none', (rule) => (rule['reviewBy'] = '2026-02-30')],
    ['a rule id of another form', (rule) => (rule['id'] = 'CN Window')],
  ])('are refused with %s', (_what, change) => {
    const pack = structuredClone(china) as unknown as { rules: Record<string, unknown>[] };
    expect(validatePack(pack)).toBe(true);
    change(pack.rules[0] as Record<string, unknown>);
    expect(validatePack(pack)).toBe(false);
  });

  it.each([{ rolling: 'PT24H', calendar: 'day' }, {}])('are refused with the cap period %p', (period) => {
    const pack = structuredClone(china) as unknown as { rules: { kind: string; values: object }[] };
    const cap = pack.rules.find(({ kind }) => kind === 'cap') as { values: object };
    cap.values = { count: 'attempts', limit: 3, counts: ['marketing'], ...period };
    expect(validatePack(pack)).toBe(false);
  });
});

describe('rules', () => {
  it.each(rules.map((rule) => [rule.id, rule] as const))(
    '%s carries the name of its pack and a review',
    (id, rule) => {
      expect(body.packs.some((pack) => id.startsWith(`${pack.id}-`) && pack.rules.includes(rule))).toBe(true);
      expect(rule.reviewBy > rule.citation.readOn).toBe(true);
      // What was found in weak sources only is a default of ours, never law (ARCHITECTURE, "The law as data").
      expect(rule.confidence === 'low' && rule.force !== 'default').toBe(false);
    },
  );

  it('of China name the lunch break where one looks for it', () => {
    const lunch = rules.filter(({ summary }) => summary.includes('lunch break'));
    expect(lunch.map(({ id }) => id)).toEqual(['cn-calling-window']);
  });
});

describe('pack of the United States', () => {
  it('is announced and has no rules that could be taken for its law', () => {
    expect(body.packs.find(({ id }) => id === 'us')).toMatchObject({
      status: 'pending',
      rules: [],
      purposes: [],
    });
  });
});

describe('calendars', () => {
  it.each(filesOf(join(__dirname, 'calendars')))('%s follows the schema', (_name, calendar) => {
    validateCalendar(calendar);
    expect(validateCalendar.errors).toBeNull();
  });

  it('are refused with a date that is none', () => {
    const calendar = structuredClone(body.calendars[0]) as Calendar;
    calendar.years['2026']?.dates.push('2026-02-30');
    expect(validateCalendar(calendar)).toBe(false);
  });

  const years = Object.entries((body.calendars.find(({ id }) => id === 'cn-public') as Calendar).years);
  it.each(years)('of China agree with an independent list of %s, day by day', (year, { dates, workdays }) => {
    const days: string[] = [];
    for (let at = Date.UTC(Number(year), 0); at < Date.UTC(Number(year) + 1, 0); at += DAY) {
      days.push(new Date(at).toISOString().slice(0, 10));
    }
    // The list gives named days as `Spring Festival,春节,4` and all others the name of their weekday.
    const named = days.map((day) => getDayDetail(day)).filter(({ name }) => name.includes(','));
    expect(dates).toEqual(named.filter(({ work }) => !work).map(({ date }) => date));
    expect(workdays).toEqual(named.filter(({ work }) => work).map(({ date }) => date));
  });
});

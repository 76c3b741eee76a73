import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recogniseSms } from './recognise-sms';
import { recogniseSpeech } from './recognise-speech';

interface Item {
  id: string;
  channel: 'sms' | 'speech';
  lang: string;
  text: string;
  label: string;
  note: string;
}

const itemsOf = (name: string): Item[] =>
  readFileSync(join(__dirname, `../../../test/data/optout/${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Item);

const DEMANDS = ['opt_out', 'refuse_permanent'];
const STOPS = [...DEMANDS, 'wrong_person'];

const truthOf = ({ label, note }: Item): string[] => [
  label,
  ...(/^also=([a-z_,]+)/.exec(note)?.[1]?.split(',') ?? []),
];
const heardOf = ({ channel, text, lang }: Item, hinted = true): string[] => {
  const hint = hinted ? { language: lang } : {};
  const { label, also } = channel === 'sms' ? recogniseSms(text, hint) : recogniseSpeech(text, hint);
  return [label, ...also];
};
const stops = (labels: readonly string[]): boolean => labels.some((label) => STOPS.includes(label));
const demands = (labels: readonly string[]): boolean => labels.some((label) => DEMANDS.includes(label));

describe('the example sentences', () => {
  // The duty of the label: contact stops or does not. Nobody may lose one of these again.
  it.each(itemsOf('dev').map((item) => [`${item.id} ${item.text.slice(0, 40)}`, item] as const))(
    '%s',
    (_, item) => {
      expect(stops(heardOf(item))).toBe(stops(truthOf(item)));
    },
  );
});

describe('the sentences that the rules were written with', () => {
  const items = itemsOf('seen');
  const of = (channel: Item['channel']): Item[] => items.filter((item) => item.channel === channel);
  const missed = (all: readonly Item[], hinted = true): string[] =>
    all.filter((item) => demands(truthOf(item)) && !stops(heardOf(item, hinted))).map(({ text }) => text);
  const falseStops = (all: readonly Item[], hinted = true): string[] =>
    all.filter((item) => !stops(truthOf(item)) && stops(heardOf(item, hinted))).map(({ text }) => text);

  // Limits that are reached, not aims: a worse rule fails here. What is unseen is measured by `npm run bench -- optout`.
  it('misses no more opt-outs by SMS than it did', () => {
    expect(missed(of('sms')).length).toBeLessThanOrEqual(SMS_MISSED);
  });

  it('hears no more opt-outs in other messages than it did', () => {
    expect(falseStops(of('sms')).length).toBeLessThanOrEqual(SMS_FALSE);
  });

  it('misses no more refusals in calls than it did', () => {
    expect(missed(of('speech')).length).toBeLessThanOrEqual(SPEECH_MISSED);
  });

  it('hears no more refusals in other speech than it did', () => {
    expect(falseStops(of('speech')).length).toBeLessThanOrEqual(SPEECH_FALSE);
  });

  it('needs no hint', () => {
    expect(missed(items, false).length + falseStops(items, false).length).toBeLessThanOrEqual(UNHINTED);
  });

  it.each([
    ['wrong_person', 0.9],
    ['ai_question', 0.9],
    ['human_request', 0.85],
  ])('answers %s', (label, share) => {
    const asking = items.filter((item) => truthOf(item).includes(label));
    const answered = asking.filter((item) =>
      label === 'wrong_person' ? stops(heardOf(item)) : heardOf(item).includes(label),
    );
    expect(answered.length / asking.length).toBeGreaterThanOrEqual(share);
  });
});

const SMS_MISSED = 1;
const SMS_FALSE = 0;
const SPEECH_MISSED = 0;
const SPEECH_FALSE = 0;
const UNHINTED = 7;

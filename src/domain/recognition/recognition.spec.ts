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
/** There are thousands, and each is asked about several times. */
const HEARD = new Map<string, string[]>();
const heardOf = ({ id, channel, text, lang }: Item, hinted = true): string[] => {
  const key = `${id} ${hinted}`;
  const known = HEARD.get(key);
  if (known !== undefined) return known;
  const hint = hinted ? { language: lang } : {};
  const { label, also } = channel === 'sms' ? recogniseSms(text, hint) : recogniseSpeech(text, hint);
  HEARD.set(key, [label, ...also]);
  return [label, ...also];
};
const stops = (labels: readonly string[]): boolean => labels.some((label) => STOPS.includes(label));
const demands = (labels: readonly string[]): boolean => labels.some((label) => DEMANDS.includes(label));

const LIMITS = {
  seen: { sms: { missed: 0, false: 0 }, speech: { missed: 0, false: 0 }, unhinted: 1 },
  fresh: { sms: { missed: 3, false: 1 }, speech: { missed: 0, false: 2 }, unhinted: 4 },
  third: { sms: { missed: 0, false: 1 }, speech: { missed: 0, false: 0 }, unhinted: 4 },
  fourth: { sms: { missed: 0, false: 0 }, speech: { missed: 0, false: 0 }, unhinted: 4 },
};

describe('the example sentences', () => {
  // The duty of the label: contact stops or does not. Nobody may lose one of these again.
  it.each(itemsOf('dev').map((item) => [`${item.id} ${item.text.slice(0, 40)}`, item] as const))(
    '%s',
    (_, item) => {
      expect(stops(heardOf(item))).toBe(stops(truthOf(item)));
    },
  );
});

describe.each(['seen', 'fresh', 'third', 'fourth'] as const)(
  'the sentences that the rules were written with: %s',
  (name) => {
    const items = itemsOf(name);
    const limits = LIMITS[name];
    const of = (channel: Item['channel']): Item[] => items.filter((item) => item.channel === channel);
    const missed = (all: readonly Item[], hinted = true): string[] =>
      all.filter((item) => demands(truthOf(item)) && !stops(heardOf(item, hinted))).map(({ text }) => text);
    const falseStops = (all: readonly Item[], hinted = true): string[] =>
      all.filter((item) => !stops(truthOf(item)) && stops(heardOf(item, hinted))).map(({ text }) => text);

    // Limits that are reached, not aims: a worse rule fails here. What is unseen is measured by `npm run bench -- optout`.
    it.each(['sms', 'speech'] as const)('misses no more opt-outs by %s than it did', (channel) => {
      expect(missed(of(channel)).length).toBeLessThanOrEqual(limits[channel].missed);
    });

    it.each(['sms', 'speech'] as const)('hears no more opt-outs elsewhere by %s than it did', (channel) => {
      expect(falseStops(of(channel)).length).toBeLessThanOrEqual(limits[channel].false);
    });

    it('needs no hint', () => {
      // Without one the words of every language are looked for, which takes its time: every third says enough.
      const some = items.filter((_, index) => index % 3 === 0);
      expect(missed(some, false).length + falseStops(some, false).length).toBeLessThanOrEqual(
        limits.unhinted,
      );
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
  },
);

import { existsSync, readFileSync } from 'node:fs';
import { recogniseSms } from '../../../src/domain/recognition/recognise-sms';
import { recogniseSpeech } from '../../../src/domain/recognition/recognise-speech';

/** A labelled sentence, as test/data/optout has them. */
export interface Item {
  id: string;
  channel: 'sms' | 'speech';
  lang: string;
  text: string;
  label: string;
  note: string;
}

/** What an item says of the recogniser; `undefined` where the item does not ask. */
export interface Verdict {
  item: Item;
  heard: readonly string[];
  missed: boolean | undefined;
  falseStop: boolean | undefined;
  wrongPersonKept: boolean | undefined;
  machineUnanswered: boolean | undefined;
  humanNotHonoured: boolean | undefined;
  exact: boolean;
}

const DEMANDS = ['opt_out', 'refuse_permanent'];
/** What stops contact when it is the answer; the first error rate counts items, the second answers. */
const STOPS = [...DEMANDS, 'wrong_person'];

/** @returns nothing when there is no such file: the third part is not everybody's. */
export function readItems(file: string): Item[] | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Item);
}

export const truthOf = ({ label, note }: Item): string[] => [
  label,
  ...(/^also=([a-z_,]+)/.exec(note)?.[1]?.split(',') ?? []),
];

/** `hinted`: the recogniser is told the language, as a real message's number would tell its country. */
export function judge(item: Item, hinted: boolean): Verdict {
  const hint = hinted && item.lang !== 'und' ? { language: item.lang } : {};
  const answer = item.channel === 'sms' ? recogniseSms(item.text, hint) : recogniseSpeech(item.text, hint);
  const heard: string[] = [answer.label, ...answer.also];
  const truth = truthOf(item);
  const stops = heard.some((label) => STOPS.includes(label));
  const asked = (label: string, failed: boolean): boolean | undefined =>
    truth.includes(label) ? failed : undefined;
  return {
    item,
    heard,
    missed: truth.some((label) => DEMANDS.includes(label)) ? !stops : undefined,
    falseStop: truth.some((label) => STOPS.includes(label)) ? undefined : stops,
    wrongPersonKept: asked('wrong_person', !stops),
    machineUnanswered: asked('ai_question', !heard.includes('ai_question')),
    humanNotHonoured: asked('human_request', !heard.includes('human_request')),
    exact: answer.label === item.label,
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cuesOf, type Ruled, weighedPart } from '../../../src/domain/recognition/points/verdict';
import { type ClassHit, classCues, classesIn } from '../../../src/domain/recognition/points/classes';
import { ruleCues, textCues } from '../../../src/domain/recognition/points/cues';
import { readSms } from '../../../src/domain/recognition/recognise-sms';
import { readSpeech } from '../../../src/domain/recognition/recognise-speech';
import type { Channel, Sense } from '../../../src/domain/recognition/rules/senses';

/** The sentences that rules and points are fitted to. What is measured is not among them and is never read here. */
export const FITTED = ['dev', 'seen', 'fresh', 'third', 'fourth', 'fifth'] as const;
const DATA = join(__dirname, '../../data/optout');
const DEMANDS = ['opt_out', 'refuse_permanent'];
const STOPS = [...DEMANDS, 'wrong_person'];

interface Item {
  id: string;
  channel: Channel;
  lang: string;
  text: string;
  label: string;
  note: string;
}

/** What the rules of an earlier version heard of a sentence that nobody had fitted them to yet. */
interface FirstHearing {
  id: string;
  version: string;
  labels: string[];
  senses: [Sense, string][];
  /** Words of the rules' classes as they were then: name, place and clause. */
  classes: [string, number, number][];
}

/** A sentence as the scorecard meets it. */
export interface Sentence {
  id: string;
  channel: Channel;
  /** Contact must stop. */
  stops: boolean;
  /** He demands it: what may least be missed. */
  demands: boolean;
  /** The cues of the text and of the rules at their first hearing, when there is one. */
  cues: ReadonlySet<string>;
  first: { stops: boolean; kept: boolean } | undefined;
  /** The cues of the text and of the rules as they are now. */
  now: { cues: ReadonlySet<string>; stops: boolean; kept: boolean };
}

const linesOf = <Line>(name: string): Line[] =>
  readFileSync(join(DATA, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** All but those that a keyword decides, which the scorecard never meets. */
export function readSentences(): Sentence[] {
  const hearings = new Map(linesOf<FirstHearing>('first-hearings').map((hearing) => [hearing.id, hearing]));
  return FITTED.flatMap((name) => linesOf<Item>(name)).flatMap((item) => {
    const ruled = ruledOf(item);
    return ruled === undefined ? [] : [sentenceOf(item, ruled, hearings.get(item.id))];
  });
}

/** What a first hearing must keep of sentences that are new. */
export function hearFirst(name: string, version: string): FirstHearing[] {
  return linesOf<Item>(name).flatMap((item) => {
    const ruled = ruledOf(item);
    if (ruled === undefined) return [];
    const senses = ruled.heard.map(({ sense, rule }): [Sense, string] => [sense, rule]);
    const classes = classesIn(weighedPart(ruled.views), ruled.languages).map(
      ({ name: own, at, clause }): [string, number, number] => [own, at, clause],
    );
    return [{ id: item.id, version, labels: [...ruled.labels], senses, classes }];
  });
}

function ruledOf({ channel, text, lang }: Item): Ruled | undefined {
  const hint = lang === 'und' ? {} : { language: lang };
  if (channel === 'speech') return readSpeech(text, hint);
  const read = readSms(text, hint);
  return read.keyword === undefined ? read : undefined;
}

function sentenceOf(item: Item, ruled: Ruled, hearing: FirstHearing | undefined): Sentence {
  const truth = [item.label, ...(/^also=([a-z_,]+)/.exec(item.note)?.[1]?.split(',') ?? [])];
  const of = (labels: readonly string[], stopping: readonly string[]): boolean =>
    labels.some((label) => stopping.includes(label));
  const heard = hearing?.senses.map(([sense, rule]) => ({ sense, rule, from: 0, to: 0 })) ?? [];
  const part = weighedPart(ruled.views);
  const classes =
    hearing?.classes.map(([name, at, clause]): ClassHit => ({ name, at, clause })) ??
    classesIn(part, ruled.languages);
  const rules = hearing === undefined ? ['rules:unheard'] : ruleCues(heard, hearing.labels);
  const kept = (labels: readonly string[]): boolean => labels.includes('wrong_person');
  return {
    id: item.id,
    channel: item.channel,
    stops: of(truth, STOPS),
    demands: of(truth, DEMANDS),
    cues: new Set([...textCues(part), ...classCues(classes), ...rules]),
    first: hearing && { stops: of(hearing.labels, STOPS), kept: kept(hearing.labels) },
    now: { cues: cuesOf(ruled), stops: of(ruled.labels, STOPS), kept: kept(ruled.labels) },
  };
}

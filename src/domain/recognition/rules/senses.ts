import { BREAK, type Views } from '../text/views';
import { type Pack, PACKS } from './packs';

/** What a rule of a language can hear. Which of them make a label is decided later, for all languages alike. */
export type Sense =
  | 'stop'
  /** Weariness without a demand: enough when nothing else was said, because opting out is the safe error. */
  | 'perhaps_stop'
  | 'keep'
  | 'opt_in'
  | 'help'
  | 'wrong_person'
  | 'busy'
  | 'later'
  | 'forever'
  | 'decline'
  | 'human'
  | 'machine'
  | 'vulnerable'
  | 'died'
  /** Not just someone: the person whom the call was for. */
  | 'customer_died'
  | 'complaint'
  | 'voice_only'
  | 'sms_only';

export type Channel = 'sms' | 'speech';

/** One rule that spoke. */
export interface Sensed {
  sense: Sense;
  rule: string;
  /** Where it spoke, as shares of the text. */
  from: number;
  to: number;
}

/** Every rule that speaks, of every language that the text may be in; with `only`, those of these senses. */
export function sensesOf(
  views: Views,
  languages: readonly string[],
  channel: Channel,
  only?: ReadonlySet<Sense>,
): Sensed[] {
  const heard = PACKS.filter(({ language }) => languages.includes(language)).flatMap((pack) =>
    sensesIn(pack, pack.spaced ? views.spaced : views.tight, channel, only),
  );
  const again = heard.filter(({ sense }) => sense === 'opt_in').slice(0, MOST_AGAIN);
  // "Undo my unsubscribe" is one wish: the word within it is not another.
  return heard.filter((one) => one.sense !== 'stop' || !again.some((other) => overlap(one, other)));
}

function sensesIn(pack: Pack, written: string, channel: Channel, senses?: ReadonlySet<Sense>): Sensed[] {
  const innocent = channel === 'sms' ? [...pack.friends, ...pack.innocent] : pack.innocent;
  const text = innocent.reduce((left, pattern) => left.replace(pattern, pack.blank), written);
  const heard: Sensed[] = [];
  for (const { id, sense, channel: only, match, unless } of pack.rules) {
    if (only !== undefined && only !== channel) continue;
    if (senses?.has(sense) === false) continue;
    for (const pattern of match) {
      for (const { index, 0: found } of text.matchAll(pattern)) {
        const end = index + found.length;
        if (excused(text, index, end, unless)) continue;
        heard.push({ sense, rule: id, from: index / text.length, to: end / text.length });
      }
    }
  }
  return heard;
}

/** Nobody asks for messages more often in one text. */
const MOST_AGAIN = 8;

const overlap = (one: Sensed, other: Sensed): boolean => one.from < other.to && other.from < one.to;

/** What excuses a phrase stands near it: without a bound, a text of one endless clause would take its square in time. */
const NEAR = 60;

/** Something near it in the same clause says that the words mean something else. */
function excused(text: string, from: number, to: number, unless: readonly RegExp[]): boolean {
  if (unless.length === 0) return false;
  const before = text.slice(Math.max(0, from - NEAR), from);
  const after = text.slice(to, to + NEAR);
  const clauseEnd = after.split(BREAK, 1).join('');
  const clause = before.slice(before.lastIndexOf(BREAK) + 1) + text.slice(from, to) + clauseEnd;
  return unless.some((pattern) => clause.search(pattern) !== -1);
}

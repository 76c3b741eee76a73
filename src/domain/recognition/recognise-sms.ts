import type { Heard, Hint, SmsLabel, SpeechLabel } from './labels';
import { isWeakStop, type Ruled, type Verdict, verdictOf } from './points/verdict';
import { Said } from './rules/said';
import { type Sense, sensesOf } from './rules/senses';
import { fold, MOST_CHARACTERS } from './text/fold';
import { keywordOf } from './text/keywords';
import { answerLanguage, languagesOf } from './text/language';
import { ownWords } from './text/own-words';
import { viewsOf } from './text/views';

/** Of the labels of speech, those whose duties hold for what is written as well (RULINGS 23; README.md). */
type Label =
  SmsLabel | Extract<SpeechLabel, 'refuse_permanent' | 'not_interested' | 'vulnerable' | 'complaint_threat'>;
export type HeardSms = Heard<Label>;

/** What the rules of speech hear as well in what is written. What stops contact has rules for each channel. */
const SPOKEN: ReadonlySet<Sense> = new Set(['decline', 'vulnerable', 'complaint']);

/** What the words and rules of an SMS say, before any points are counted. */
export interface ReadSms extends Ruled {
  keyword: ReturnType<typeof keywordOf>;
  labels: readonly Label[];
}

/** @internal for what learns the points. */
export function readSms(text: string, hint: Hint): ReadSms {
  const own = ownWords(fold(text.slice(0, MOST_CHARACTERS)));
  const views = viewsOf(own);
  const languages = languagesOf(views, hint);
  const keyword = keywordOf(views.spaced, own, hint);
  const heard = keyword === undefined ? sensesOf(views, languages, 'sms') : [];
  return { views, languages, keyword, heard, labels: labelsOf(new Said(heard)) };
}

/** What an SMS means; nothing it says about how to be read changes how it is read. */
export function recogniseSms(text: string, hint: Hint = {}): HeardSms {
  const read = readSms(text, hint);
  const { views, languages, keyword } = read;
  const language = answerLanguage(languages, hint);
  if (keyword !== undefined) return { label: keyword.label, also: [], language, rules: [keyword.rule] };
  const said = new Said([...read.heard, ...sensesOf(views, languages, 'speech', SPOKEN)]);
  const verdict = verdictOf(read, 'sms');
  const main = corrected(read, verdict);
  const [label = 'other', ...also] = main;
  return {
    label,
    also: [...also, ...besideOf(said, main)],
    language,
    ...(label === 'opt_out' ? said.reach() : {}),
    rules: [...said.rules(), ...verdict.rules],
  };
}

/** The labels of the rules, unless the points say otherwise. */
function corrected({ heard, labels }: ReadSms, { stop }: Verdict): readonly Label[] {
  if (stop === 'heard') return ['opt_out', ...labels.filter((label) => label === 'help')];
  return stop === 'dropped' ? labelsOf(new Said(heard.filter((one) => !isWeakStop(one)))) : labels;
}

/** The main label first (README.md, "Which label when several fit"). */
function labelsOf(said: Said): Label[] {
  // Two wishes in one message: the later one, and at the same place the one that was understood as a whole.
  const stops = said.last('stop') > Math.max(said.last('opt_in'), said.last('keep'));
  if (said.has('wrong_person') || said.has('customer_died')) {
    return stops ? ['wrong_person', 'opt_out'] : ['wrong_person'];
  }
  if (stops) return said.has('help') ? ['opt_out', 'help'] : ['opt_out'];
  if (said.has('opt_in')) return ['opt_in'];
  if (said.has('help')) return ['help'];
  return said.has('perhaps_stop') && !said.has('keep') ? ['opt_out'] : [];
}

/** What is true beside the main label and has its own duty. The answer goes by the main label alone. */
function besideOf(said: Said, main: readonly Label[]): Label[] {
  const refused = main.includes('opt_out') || main.includes('wrong_person');
  const declined = said.last('decline') >= Math.max(0, said.last('keep'), said.last('opt_in'));
  const dead = said.has('died') || said.has('customer_died');
  const truths: readonly (readonly [boolean, Label])[] = [
    [said.has('vulnerable') || dead, 'vulnerable'],
    [said.has('complaint'), 'complaint_threat'],
    // Who refuses everything, or is somebody else, has said more than that this offer is none for him.
    [declined && !refused, 'not_interested'],
  ];
  return truths.filter(([is]) => is).map(([, label]) => label);
}

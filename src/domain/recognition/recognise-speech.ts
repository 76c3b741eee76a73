import type { Heard, Hint, SpeechLabel } from './labels';
import { isWeakStop, type Ruled, type Verdict, verdictOf } from './points/verdict';
import { namedTime, Said } from './rules/said';
import { sensesOf } from './rules/senses';
import { fold, MOST_CHARACTERS } from './text/fold';
import { answerLanguage, languagesOf } from './text/language';
import { ownWords } from './text/own-words';
import { viewsOf } from './text/views';

/** What the rules of speech say, before any points are counted. */
export interface ReadSpeech extends Ruled {
  labels: readonly SpeechLabel[];
}

/** @internal for what learns the points. */
export function readSpeech(text: string, hint: Hint): ReadSpeech {
  const views = viewsOf(ownWords(fold(text.slice(0, MOST_CHARACTERS))));
  const languages = languagesOf(views, hint);
  const heard = sensesOf(views, languages, 'speech');
  return { views, languages, heard, labels: labelsOf(new Said(heard)) };
}

/** What a speaker means, from one piece of raw recogniser output. */
export function recogniseSpeech(text: string, hint: Hint = {}): Heard<SpeechLabel> {
  const read = readSpeech(text, hint);
  const verdict = verdictOf(read, 'speech');
  const said = new Said(read.heard);
  const [label = 'continue', ...also] = corrected(read, verdict);
  return {
    label,
    also,
    language: answerLanguage(read.languages, hint),
    ...(label === 'refuse_permanent' ? said.reach() : {}),
    ...(label === 'refuse_now' || also.includes('refuse_now') ? namedTime(read.views) : {}),
    rules: [...said.rules(), ...verdict.rules],
  };
}

/** The labels of the rules, unless the points say otherwise. */
function corrected({ heard, labels }: ReadSpeech, { stop }: Verdict): readonly SpeechLabel[] {
  if (stop === 'heard') return ['refuse_permanent', ...labels];
  return stop === 'dropped' ? labelsOf(new Said(heard.filter((one) => !isWeakStop(one)))) : labels;
}

/** The main label first (README.md, "Which label when several fit"). */
function labelsOf(said: Said): SpeechLabel[] {
  const limited = said.has('later') && !said.has('forever');
  const refuses = said.last('stop') > said.last('keep');
  const stops = refuses && !limited;
  const dead = said.has('died') || said.has('customer_died');
  const truths: readonly (readonly [boolean, SpeechLabel])[] = [
    [dead && !stops, 'vulnerable'],
    [said.has('wrong_person') || said.has('customer_died'), 'wrong_person'],
    [stops, 'refuse_permanent'],
    [said.has('vulnerable') || dead, 'vulnerable'],
    [said.has('complaint'), 'complaint_threat'],
    [said.has('human'), 'human_request'],
    [said.has('machine'), 'ai_question'],
    [said.has('busy') || (refuses && limited), 'refuse_now'],
    [said.has('decline') && said.last('decline') >= said.last('keep'), 'not_interested'],
  ];
  return [...new Set(truths.filter(([is]) => is).map(([, label]) => label))];
}

import type { Heard, Hint, SmsLabel } from './labels';
import { Said } from './rules/said';
import { sensesOf } from './rules/senses';
import { fold, MOST_CHARACTERS } from './text/fold';
import { keywordOf } from './text/keywords';
import { answerLanguage, languagesOf } from './text/language';
import { ownWords } from './text/own-words';
import { viewsOf } from './text/views';

type Label = SmsLabel | 'refuse_permanent';

/** What an SMS means; nothing it says about how to be read changes how it is read. */
export function recogniseSms(text: string, hint: Hint = {}): Heard<Label> {
  const own = ownWords(fold(text.slice(0, MOST_CHARACTERS)));
  const views = viewsOf(own);
  const languages = languagesOf(views, hint);
  const language = answerLanguage(languages, hint);
  const keyword = keywordOf(views.spaced, own, hint);
  if (keyword !== undefined) return { label: keyword.label, also: [], language, rules: [keyword.rule] };
  const said = new Said(sensesOf(views, languages, 'sms'));
  const [label = 'other', ...also] = labelsOf(said);
  return { label, also, language, ...(label === 'opt_out' ? said.reach() : {}), rules: said.rules() };
}

/** The main label first (README.md, "Which label when several fit"). */
function labelsOf(said: Said): Label[] {
  // Two wishes in one message: the later one, and at the same place the one that was understood as a whole.
  const stops = said.last('stop') > Math.max(said.last('opt_in'), said.last('keep'));
  if (said.has('wrong_person')) return stops ? ['wrong_person', 'opt_out'] : ['wrong_person'];
  if (stops) return said.has('help') ? ['opt_out', 'help'] : ['opt_out'];
  if (said.has('opt_in')) return ['opt_in'];
  if (said.has('help')) return ['help'];
  return said.has('perhaps_stop') && !said.has('keep') ? ['opt_out'] : [];
}

/**
 * What the sender himself says: without signatures, forwarded and quoted text, markup, and words addressed to whatever
 * reads the message. Works on folded text.
 */
export function ownWords(folded: string): string {
  let text = withoutSignature(withoutTags(folded).replace(EMOTE, ' ').replace(RECORD, ' '));
  text = afterForward(text);
  for (const quoted of QUOTED) text = withoutQuotes(text, quoted);
  return text
    .split(SENTENCE)
    .filter((sentence) => !TO_A_MACHINE.test(sentence))
    .join('');
}

/** A text that is nothing but one tag is how some people write a word: <stop>. */
function withoutTags(folded: string): string {
  const rest = folded.replace(TAG, ' ');
  return /[\p{L}\p{N}]/u.test(rest) ? rest : folded;
}

const TAG = /<\/?[a-z][^<>]{0,80}>|&(?:nbsp|amp|lt|gt|quot);/g;
/** Names of drawn faces, as phones of some makers write them: [抱拳], [图片]. */
const EMOTE = /\[[\p{Script=Han}]{1,4}\]/gu;
/** A piece of a machine's answer: {"intent":"none"}. */
const RECORD = /\{[^{}]{0,200}:[^{}]{0,200}\}/g;
/**
 * Begins at the last line break of several and at the first dash of several: from each of them on it would read the same
 * run again, which for a text of nothing else takes the square of its length.
 */
const SIGNATURE =
  /(?:\n[^\S\n]*(?:--|—|–|_)+[^\n]{0,60}|(?:\n[^\S\n]*|(?<!—)—+\s*|\s--\s*)(?:sent (?:from|via)|get outlook|sent with|发自|来自|从我的|enviado desde|envoye (?:de|depuis)|gesendet von|von meinem|inviato da|enviado do)[^\n]{0,60})\s*$/;

function withoutSignature(text: string): string {
  const at = text.search(SIGNATURE);
  return at < 0 ? text : text.slice(0, at).trimEnd();
}

const FORWARDED =
  /^\s*(?:(?:fwd?|fw|wg|rv|tr|i|转发|转传|转寄|转|전달)\s*[:：]|(?:fwd?|fw|转发)?\s*【[^】]{1,20}】(?=\s*\S)|-{2,}\s*(?:forwarded|original))/;
/** An address is no longer than that. */
const OWN_AFTER = />>|←|<-|\/\/(?!\S{0,100}\.)|\n\s*\n/;
const REPLIED = /^\s*(?:re|aw|回复|答复)\s*[:：]/;

/** Behind a forwarded message its sender may have added words of his own; before those nothing is his. */
function afterForward(text: string): string {
  if (!FORWARDED.test(text) && !REPLIED.test(text)) return text;
  const parts = text.split(OWN_AFTER);
  if (parts.length > 1) return parts[parts.length - 1] as string;
  return FORWARDED.test(text) ? withoutForward(text) : text.replace(REPLIED, '');
}

/** Quoted text after the mark is not his, what stands outside the quotation marks is. */
function withoutForward(text: string): string {
  const [, after] = /["”」』]([^"“”「」『』]*)$/.exec(text) ?? [];
  return after ?? '';
}

const QUOTED = [
  /"[^"]{1,400}"/g,
  /“[^”]{1,400}”/g,
  /「[^」]{1,400}」/g,
  /『[^』]{1,400}』/g,
  /«[^»]{1,400}»/g,
  /‘[^’]{2,400}’/g,
  /„[^“”]{1,400}[“”]/g,
];

/** A text that is one quotation from end to end is how some people write; a quotation in a text is someone else's. */
function withoutQuotes(text: string, quoted: RegExp): string {
  const rest = text.replace(quoted, ' ');
  return /[\p{L}\p{N}]/u.test(rest) ? rest : text;
}

const SENTENCE = /(?<=[.!?。！？;；\n\]])/;
/** Words that address a program instead of the bank: they change nothing, in either direction. */
const TO_A_MACHINE =
  /\b(?:classif(?:y|ier|ied)|label(?:led)? (?:this|it|as)|system prompt|(?:ignore|disregard|forget) (?:all |any |the |your |my |previous |above |prior )*(?:rules|instructions|prompts?|training)|you are (?:now )?an? (?:ai|assistant|model)|return (?:the )?label|output ?:|intent ?[:=]|set (?:the )?label|mark (?:this|me|it|the user|user|customer) as(?! (?:a )?(?:do not|dnc|no ))|treat this (?:message )?as(?! (?:an?|my) (?:opt|stop|unsub|removal))|(?:clasifi(?:ca|que|quen|quelo)|etiqueta(?:lo|r)?|marca(?:lo|r)?|trata(?:lo)?|classe[zr]?|considere[zr]?|klassifiziere|classifica(?:lo)?|classifique) (?:este |esto |ce |cet |este |diese |questo |esta |essa )?(?:mensaje |message |nachricht |messaggio |mensagem |sms )?(?:como|comme|als|come)|(?:ignora|ignore|ignorez|ignoriere|ignorar?) (?:tus|las|todas|toutes|les|alle|tutte|le|todas as|as) (?:instrucciones|reglas|instructions|consignes|anweisungen|regeln|istruzioni|regole|instrucoes|regras))|(?:^|\n)\s*(?:system|assistant|系统|系统提示|系统指令|系统消息|指令|助手)\s*[:：]|(?:标签|标注|分类|归类|判定|判为|识别)(?:为|成|：|:)(?!\s*(?:不|拒|勿|免|别))|忽略(?:之前|以上|上面|所有|前面|你)|系统提示词|提示词/;

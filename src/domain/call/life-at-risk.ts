/**
 * Words by which somebody who is not well may say that life is in danger. They are looked for only where the speaker was
 * heard to be vulnerable, so a word too many costs a transfer to a person and nothing else (OPTOUT.md, `vulnerable`: a
 * person at once if life may be at risk).
 */
const WORDS: readonly RegExp[] = [
  // Chinese, both scripts, and Cantonese.
  /自杀|自殺|轻生|輕生|(不|唔)想活|活不下去|想死|死了算了|了断|了斷|跳(楼|樓|河|海)|割腕|烧炭|燒炭|安眠(药|藥)|结束(自己|生命)|結束(自己|生命)|遗书|遺書|生无可恋|生無可戀|救命/,
  /suicid|kill myself|end (it all|my life)|(want|wanna) (to )?(die|be dead)|do ?n.?t (want|wanna) (to )?(live|be here)|better off dead|(hurt|harm|cut) myself|overdose|nothing to live for|ca ?n.?t go on/,
  /suicid|matarme|quitarme la vida|(quiero|quisiera) morir|no quiero (seguir )?viv/,
  /me tuer|mourir|mettre fin à mes jours|umbringen|nicht mehr leben|das leben nehmen|uccidermi|morire|togliermi la vita|me matar|quero morrer/,
  /死にたい|自殺|消えたい|죽고 ?싶|자살|انتحار|أريد أن أموت|आत्महत्या|मरना चाहत|marna chaht/,
];

export function isLifeAtRisk(text: string): boolean {
  const said = text.normalize('NFKC').toLowerCase();
  return WORDS.some((words) => words.test(said));
}

import type { RefusalEvent } from '../../../domain/consent/consent-fold';
import type { Language } from '../wishes/confirmation';

interface Sentences {
  /** Consent is taken back: of everything, or of a part. */
  withdrawn: string;
  withdrawnInPart: string;
  /** No, to a request for consent. */
  refused: string;
  /** Added where nobody will ask again before the person comes by itself. */
  never: string;
}

const SENTENCES: Readonly<Record<Language, Sentences>> = {
  'zh-CN': {
    withdrawn: '您的同意已撤回并立即生效，我们今后不再依据该同意与您联系。',
    withdrawnInPart: '您所说部分的同意已撤回并立即生效，我们今后不再依据该部分同意与您联系。',
    refused: '您的答复已登记：您不同意。',
    never: '我们不会再次征求您的同意。',
  },
  'zh-HK': {
    withdrawn: '你的同意已撤回並即時生效，我們今後不會再憑該同意與你聯絡。',
    withdrawnInPart: '你所說部分的同意已撤回並即時生效，我們今後不會再憑該部分同意與你聯絡。',
    refused: '你的答覆已登記：你不同意。',
    never: '我們不會再次徵求你的同意。',
  },
  'zh-TW': {
    withdrawn: '您的同意已撤回並立即生效，我們今後不再依該同意與您聯絡。',
    withdrawnInPart: '您所說部分的同意已撤回並立即生效，我們今後不再依該部分同意與您聯絡。',
    refused: '您的答覆已登記：您不同意。',
    never: '我們不會再次徵求您的同意。',
  },
  es: {
    withdrawn:
      'Su consentimiento queda retirado y surte efecto desde ahora: ya no nos basaremos en él para contactarle.',
    withdrawnInPart:
      'Su consentimiento queda retirado en la parte indicada y surte efecto desde ahora: ya no nos basaremos en ella para contactarle.',
    refused: 'Su respuesta ha quedado registrada: no da su consentimiento.',
    never: ' No volveremos a pedírselo.',
  },
  en: {
    withdrawn:
      'Your consent is withdrawn, and this takes effect now: we will not rely on it to contact you any more.',
    withdrawnInPart:
      'The part of your consent that you named is withdrawn, and this takes effect now: we will not rely on it to contact you any more.',
    refused: 'Your answer is recorded: you do not consent.',
    never: ' We will not ask you for it again.',
  },
};

/**
 * A statement to read out: never a question, and no offer. It promises no more than was recorded: taking consent back is
 * not yet a wish never to be called (READINGS 15).
 */
export function consentConfirmation(
  word: Pick<RefusalEvent, 'kind' | 'scope'> & { isWhole: boolean; neverAgain: boolean },
  language: Language,
): string {
  const sentences = SENTENCES[language];
  if (word.kind === 'refused') return sentences.refused + (word.neverAgain ? sentences.never : '');
  return word.isWhole && word.scope === undefined ? sentences.withdrawn : sentences.withdrawnInPart;
}

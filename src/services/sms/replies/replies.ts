import type { Hint } from '../../../domain/recognition/labels';
import { type Language, languageOf } from '../../people/wishes/confirmation';

/** Whom a reply speaks to: the language heard in the message, and the country of the number. */
export interface Addressee {
  language?: string;
  country?: string;
}

/** Who asks for something to stop is told how to; the words are those that the recogniser knows. */
interface Texts {
  optedIn: string;
  /** Sender, a contact point, how to stop, in this order (OPTOUT.md, `help`). */
  help: (name: string, contact: string) => string;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  'zh-CN': {
    optedIn:
      '已撤销您此前的退订。这不等于同意接听人工智能营销电话，其他限制和已撤回的同意不变。回复TD可随时退订。',
    help: (name, contact) => `发送方：${name}。联系方式：${contact}。回复TD即可退订我们的推广电话和短信。`,
  },
  'zh-HK': {
    optedIn:
      '已撤銷你此前的取消要求。這不等於同意接聽人工智能推廣電話，其他限制及已撤回的同意不變。回覆STOP可隨時取消。',
    help: (name, contact) => `發送方：${name}。聯絡方式：${contact}。回覆STOP即可取消我們的推廣電話及短訊。`,
  },
  'zh-TW': {
    optedIn:
      '已撤銷您先前的取消要求。這不等於同意接聽人工智慧行銷電話，其他限制及已撤回的同意不變。回覆STOP可隨時取消。',
    help: (name, contact) => `發送方：${name}。聯絡方式：${contact}。回覆STOP即可取消我們的行銷電話及簡訊。`,
  },
  es: {
    optedIn:
      'Su baja anterior queda anulada. Esto no es un consentimiento: los que retiró siguen retirados. Responda BAJA para darse de baja.',
    help: (name, contact) =>
      `Le escribe ${name}. Contacto: ${contact}. Responda BAJA y no recibirá más llamadas ni mensajes comerciales.`,
  },
  en: {
    optedIn:
      'Your earlier opt-out is lifted. This is no consent, and consents that ended stay ended. Reply STOP to opt out.',
    help: (name, contact) =>
      `This is ${name}. Contact: ${contact}. Reply STOP to end our marketing calls and messages.`,
  },
};

/** Three letters are of no language: who writes TD is answered in that of the number. */
const WORDLESS = /^[^\p{L}]*(?:\p{Script=Latin}[^\p{L}]*){0,3}$/u;

/** What the number alone tells of a message. */
export function hintOf(country: string): Hint {
  const language = languageOf({ country });
  // English is also what we fall back on.
  return language === 'en' ? { country } : { country, language };
}

export function addresseeOf(message: { text: string; country: string }, language: string): Addressee {
  const { text, country } = message;
  return WORDLESS.test(text) ? { country } : { language, country };
}

/** What asking to be contacted again means, and what it does not. */
export function optedInReply(to: Addressee): string {
  return TEXTS[languageOf(to)].optedIn;
}

export function helpReply(to: Addressee, sender: { name: string; contact: string }): string {
  return TEXTS[languageOf(to)].help(sender.name, sender.contact);
}

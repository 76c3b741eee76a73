import type { Wish } from '../../../domain/decision/facts';
import type { Channel } from '../../../domain/decision/purpose';
import { HOUR, type Instant } from '../../../domain/time/instant';

/** What can be confirmed in the person's own language; everybody else hears English. */
const LANGUAGES = ['zh-CN', 'zh-HK', 'zh-TW', 'es', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const LANGUAGE_OF_COUNTRY: Readonly<Record<string, Language>> = {
  CN: 'zh-CN',
  HK: 'zh-HK',
  MO: 'zh-HK',
  TW: 'zh-TW',
  ...Object.fromEntries(
    [
      'ES',
      'MX',
      'AR',
      'CO',
      'CL',
      'PE',
      'EC',
      'UY',
      'PY',
      'BO',
      'VE',
      'CR',
      'PA',
      'GT',
      'HN',
      'NI',
      'SV',
      'DO',
      'CU',
    ].map((country) => [country, 'es' as const]),
  ),
};

type Media = 'calls' | 'messages' | 'both';
type Reach = 'everything' | 'part';

interface Sentences {
  /** What has been stopped, of everything or of the matter spoken of. */
  stopped: Record<Reach, Record<Media, string>>;
  until: (day: string) => string;
}

const SENTENCES: Readonly<Record<Language, Sentences>> = {
  'zh-CN': {
    stopped: {
      everything: {
        calls: '您的要求已登记并立即生效，我们不会再给您拨打此类电话。',
        messages: '您的要求已登记并立即生效，我们不会再给您发送此类短信。',
        both: '您的要求已登记并立即生效，我们不会再给您拨打此类电话或发送此类短信。',
      },
      part: {
        calls: '您的要求已登记并立即生效，我们不会再就此事给您拨打此类电话。',
        messages: '您的要求已登记并立即生效，我们不会再就此事给您发送此类短信。',
        both: '您的要求已登记并立即生效，我们不会再就此事给您拨打此类电话或发送此类短信。',
      },
    },
    until: (day) => `该要求有效至${day}。`,
  },
  'zh-HK': {
    stopped: {
      everything: {
        calls: '你的要求已登記並即時生效，我們不會再致電給你作此類推廣。',
        messages: '你的要求已登記並即時生效，我們不會再向你發送此類短訊。',
        both: '你的要求已登記並即時生效，我們不會再致電或發送短訊給你作此類推廣。',
      },
      part: {
        calls: '你的要求已登記並即時生效，我們不會再就此事致電給你。',
        messages: '你的要求已登記並即時生效，我們不會再就此事向你發送短訊。',
        both: '你的要求已登記並即時生效，我們不會再就此事致電或發送短訊給你。',
      },
    },
    until: (day) => `此要求有效至${day}。`,
  },
  'zh-TW': {
    stopped: {
      everything: {
        calls: '您的要求已登記並立即生效，我們不會再撥打此類電話給您。',
        messages: '您的要求已登記並立即生效，我們不會再傳送此類簡訊給您。',
        both: '您的要求已登記並立即生效，我們不會再撥打此類電話或傳送此類簡訊給您。',
      },
      part: {
        calls: '您的要求已登記並立即生效，我們不會再就此事撥打此類電話給您。',
        messages: '您的要求已登記並立即生效，我們不會再就此事傳送此類簡訊給您。',
        both: '您的要求已登記並立即生效，我們不會再就此事撥打此類電話或傳送此類簡訊給您。',
      },
    },
    until: (day) => `此要求有效至${day}。`,
  },
  es: {
    stopped: {
      everything: {
        calls:
          'Su petición ha quedado registrada y surte efecto desde ahora: no volveremos a llamarle con este fin.',
        messages:
          'Su petición ha quedado registrada y surte efecto desde ahora: no volveremos a enviarle mensajes con este fin.',
        both: 'Su petición ha quedado registrada y surte efecto desde ahora: no volveremos a llamarle ni a enviarle mensajes con este fin.',
      },
      part: {
        calls:
          'Su petición ha quedado registrada y surte efecto desde ahora: no volveremos a llamarle con este fin por este asunto.',
        messages:
          'Su petición ha quedado registrada y surte efecto desde ahora: no volveremos a enviarle mensajes con este fin por este asunto.',
        both: 'Su petición ha quedado registrada y surte efecto desde ahora: no volveremos a llamarle ni a enviarle mensajes con este fin por este asunto.',
      },
    },
    until: (day) => `Es válida hasta el ${day}.`,
  },
  en: {
    stopped: {
      everything: {
        calls: 'Your request is recorded and takes effect now: we will not call you for this purpose again.',
        messages:
          'Your request is recorded and takes effect now: we will not send you messages for this purpose again.',
        both: 'Your request is recorded and takes effect now: we will not call you or send you messages for this purpose again.',
      },
      part: {
        calls:
          'Your request is recorded and takes effect now: we will not call you for this purpose about this matter again.',
        messages:
          'Your request is recorded and takes effect now: we will not send you messages for this purpose about this matter again.',
        both: 'Your request is recorded and takes effect now: we will not call you or send you messages for this purpose about this matter again.',
      },
    },
    until: (day) => `It holds until ${day}.`,
  },
};

/**
 * A statement to read out after a refusal: never a question, and no offer (OPTOUT.md, "Speech"). It promises no more
 * than was recorded. `language` is the person's own choice, `country` where the number is from.
 */
export function confirmationOf(
  wish: Pick<Wish, 'scope' | 'channels' | 'until'>,
  person: { language?: string; country?: string },
): string {
  const { stopped, until } = SENTENCES[languageOf(person)];
  const reach = wish.scope.kind === 'group' ? 'everything' : 'part';
  const sentence = stopped[reach][mediaOf(wish.channels)];
  return wish.until === undefined ? sentence : sentence + gap(person) + until(dayOf(wish.until));
}

export function languageOf(person: { language?: string; country?: string }): Language {
  return (
    (person.language === undefined ? undefined : closest(person.language)) ??
    LANGUAGE_OF_COUNTRY[person.country ?? ''] ??
    'en'
  );
}

/** BCP 47: `zh-Hant-TW` and `zh-TW` ask for the same, `zh` alone is Simplified, `es-MX` is Spanish. */
function closest(tag: string): Language | undefined {
  const parts = tag.toLowerCase().split('-');
  const [primary] = parts;
  if (primary === 'yue') return 'zh-HK';
  if (primary !== 'zh') return LANGUAGES.find((language) => language === primary);
  if (parts.includes('hk') || parts.includes('mo')) return 'zh-HK';
  return parts.includes('tw') || parts.includes('hant') ? 'zh-TW' : 'zh-CN';
}

function mediaOf(channels: readonly Channel[]): Media {
  const messages = channels.includes('sms');
  if (!messages) return 'calls';
  return channels.some((channel) => channel !== 'sms') ? 'both' : 'messages';
}

/** The date where it is earliest (UTC−12): nowhere is the end promised for a later day than it comes. */
const dayOf = (at: Instant): string => new Date(at - 12 * HOUR).toISOString().slice(0, 10);

const gap = (person: { language?: string; country?: string }): string =>
  languageOf(person).startsWith('zh') ? '' : ' ';

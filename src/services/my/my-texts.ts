import type { CallState } from '../../domain/call/call-state';
import type { Purpose } from '../../domain/decision/purpose';

/** What the page speaks. */
export const MY_LANGUAGES = ['zh-CN', 'en'] as const;
export type MyLanguage = (typeof MY_LANGUAGES)[number];

/** A purpose in a sentence. */
type Purposes = Record<Purpose, string>;

export interface MyTexts {
  title: string;
  /** Before the link is opened: one button, because previews of messages open links by themselves. */
  open: { lead: string; button: string };
  gone: { title: string; lead: string };
  busy: { title: string; lead: string };
  calls: { title: string; none: string; more: string };
  wishes: { title: string; none: string; whole: (since: string) => string; part: (since: string) => string };
  stop: { title: string; lead: string; button: string };
  done: { title: string; receipt: string };
  /** The SMS that brings a link. It sells nothing and asks nothing. */
  message: (sender: string | undefined, url: string) => string;
  by: (entity: string, purpose: string) => string;
  purposes: Purposes;
  states: Partial<Record<CallState, string>>;
  why: {
    consent: (day: string, purpose: string) => string;
    noConsentNeeded: (purpose: string) => string;
    noWish: string;
  };
}

const EN: MyTexts = {
  title: 'Calls to you',
  open: {
    lead: 'See who called you, for whom and why, and stop such calls with one press. This link works once, for 15 minutes.',
    button: 'Show my page',
  },
  gone: {
    title: 'This page is not open',
    lead: 'The link was used before, has run out, or was cut short. Ask us for a new one. You can also stop our calls by answering STOP to any of our messages.',
  },
  busy: {
    title: 'Please try again',
    lead: 'Too many are asking at this moment. Try again in a minute. You can also stop our calls by answering STOP to any of our messages.',
  },
  calls: { title: 'Who called you', none: 'We have no record of a call to you.', more: 'Older calls' },
  wishes: {
    title: 'What you asked of us',
    none: 'You have not asked us to stop.',
    whole: (since) => `Since ${since}: no marketing calls or messages.`,
    part: (since) => `Since ${since}: not about some products, or not by some ways of contact.`,
  },
  stop: {
    title: 'No more of this',
    lead: 'No marketing calls and no marketing messages from any part of our institution, from now on.',
    button: 'Stop all marketing calls and messages',
  },
  done: { title: 'Recorded', receipt: 'Receipt' },
  message: (sender, url) =>
    `${sender === undefined ? 'See' : `${sender}: see`} who called you and why, and stop such calls. Opens once, within 24 hours: ${url}`,
  by: (entity, purpose) => `${entity}: ${purpose}`,
  purposes: {
    marketing: 'an offer',
    survey: 'a survey',
    service: 'a service call',
    appointment: 'an appointment',
    fraud_alert: 'a warning of fraud',
    collection: 'a payment',
    emergency: 'an emergency',
  },
  states: {
    presumed_placed: 'called, as far as we know',
    placed: 'called',
    ringing: 'rang',
    answered: 'answered',
    ended: 'ended',
    failed: 'failed',
  },
  why: {
    consent: (day, purpose) =>
      `Allowed because we hold your consent of ${day} to calls for this purpose (${purpose}).`,
    noConsentNeeded: (purpose) => `Allowed without your consent, because it was ${purpose}.`,
    noWish: 'At that time no wish of yours stood against it, and it was within the permitted hours.',
  },
};

const ZH: MyTexts = {
  title: '打给您的电话',
  open: {
    lead: '查看谁给您打过电话、代表谁、为什么可以打，并可一键停止此类来电。此链接只能使用一次，打开后15分钟内有效。',
    button: '查看我的页面',
  },
  gone: {
    title: '页面未打开',
    lead: '链接已被使用、已过期或不完整。请向我们索取新的链接。您也可以回复我们的任何短信“TD”来停止推广电话。',
  },
  busy: {
    title: '请稍后再试',
    lead: '当前访问人数过多，请一分钟后再试。您也可以回复我们的任何短信“TD”来停止推广电话。',
  },
  calls: { title: '谁给您打过电话', none: '没有给您打过电话的记录。', more: '更早的电话' },
  wishes: {
    title: '您对我们提出的要求',
    none: '您没有要求我们停止联系。',
    whole: (since) => `自${since}起：不接收推广电话或短信。`,
    part: (since) => `自${since}起：不接收某些产品的推广，或不接受某些联系方式。`,
  },
  stop: {
    title: '不再接收',
    lead: '从现在起，本机构任何部门都不再给您拨打推广电话或发送推广短信。',
    button: '停止所有推广电话和短信',
  },
  done: { title: '已登记', receipt: '回执编号' },
  message: (sender, url) =>
    `${sender === undefined ? '' : `【${sender}】`}查看谁给您打过电话、为什么可以打，并可停止此类来电。24小时内有效，只能打开一次：${url}`,
  by: (entity, purpose) => `${entity}：${purpose}`,
  purposes: {
    marketing: '产品推广',
    survey: '调查',
    service: '服务通知',
    appointment: '预约',
    fraud_alert: '防诈骗提醒',
    collection: '还款',
    emergency: '紧急事项',
  },
  states: {
    presumed_placed: '据我们所知已拨打',
    placed: '已拨打',
    ringing: '已响铃',
    answered: '已接听',
    ended: '已结束',
    failed: '未接通',
  },
  why: {
    consent: (day, purpose) => `可以拨打的原因：您于${day}同意接听此类电话（${purpose}）。`,
    noConsentNeeded: (purpose) => `此次拨打不需要您的同意，因为是${purpose}。`,
    noWish: '当时没有您提出的拒绝要求，且在允许的时段内。',
  },
};

const TEXTS: Readonly<Record<MyLanguage, MyTexts>> = { 'zh-CN': ZH, en: EN };

export const textsOf = (language: MyLanguage): MyTexts => TEXTS[language];

/** BCP 47: any Chinese is answered in Chinese, everything else in English. */
export function myLanguageOf(tag: string | undefined): MyLanguage {
  return /^(?:zh|yue|cmn)(?:-|$)/i.test(tag ?? '') ? 'zh-CN' : 'en';
}

/** A day as the page writes it: the day at UTC+8 in Chinese, of UTC otherwise. */
export function dayOf(at: number, language: MyLanguage): string {
  const timeZone = language === 'zh-CN' ? 'Asia/Shanghai' : 'UTC';
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(at);
}

/** A minute, with its zone said. */
export function minuteOf(at: number, language: MyLanguage): string {
  const timeZone = language === 'zh-CN' ? 'Asia/Shanghai' : 'UTC';
  const text = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  }).format(at);
  return language === 'zh-CN' ? text : `${text} UTC`;
}

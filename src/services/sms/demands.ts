import type { HeardSms } from '../../domain/recognition/recognise-sms';
import { CHANNELS, type Channel } from '../../domain/decision/purpose';

/** What a message must lead to (OPTOUT.md, "SMS"); of several true labels each has its duty. */
export interface Demands {
  optOut: boolean;
  wrongPerson: boolean;
  vulnerable: boolean;
  complaint: boolean;
  /** Declined this offer and said nothing of others: a cool-down. */
  declined: boolean;
  optIn: boolean;
  help: boolean;
}

/** Where one refusal of an offer is final by law (RULINGS 23; Japan: 特定商取引法 Art. 17; Taiwan: PDPA Art. 20). */
const REFUSAL_IS_FINAL: ReadonlySet<string> = new Set(['JP', 'TW']);

/**
 * `also` may hold any true label. Opting out is the safe error and opting in is not, so whoever asks for both has opted
 * out. A stranger's demand is met by suppressing the number: it is no word of the customer's (OPTOUT.md, rule 2).
 */
export function demandsOf(heard: HeardSms, message: { country: string; declaredStop?: boolean }): Demands {
  const also = new Set<string>(heard.also);
  const isTrue = (label: string): boolean => heard.label === label || also.has(label);
  const wrongPerson = isTrue('wrong_person');
  const declined = isTrue('not_interested');
  const stops =
    isTrue('opt_out') ||
    isTrue('refuse_permanent') ||
    message.declaredStop === true ||
    (declined && REFUSAL_IS_FINAL.has(message.country));
  const isStranger = heard.label === 'wrong_person';
  return {
    optOut: stops && !isStranger,
    wrongPerson,
    vulnerable: isTrue('vulnerable'),
    complaint: isTrue('complaint_threat'),
    declined: declined && !stops && !wrongPerson,
    optIn: heard.label === 'opt_in' && !stops && !wrongPerson,
    help: heard.label === 'help' && !stops && !wrongPerson,
  };
}

/** Whether it changes anything of a person: a question for help, thanks and noise do not even make the number known. */
export const weighs = ({ help: _, ...others }: Demands): boolean =>
  Object.values(others).some((demanded) => demanded);

/** How far the customer's own words reach; everything where they say nothing of it. */
export function channelsOf(reach: HeardSms['reach']): Channel[] {
  if (reach === undefined) return [...CHANNELS];
  return CHANNELS.filter((channel) => (channel === 'sms') === (reach === 'sms'));
}

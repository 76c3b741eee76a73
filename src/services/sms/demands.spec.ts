import type { HeardSms } from '../../domain/recognition/recognise-sms';
import { channelsOf, demandsOf, weighs } from './demands';

const heard = (label: string, ...also: string[]): HeardSms =>
  ({ label, also, language: 'en', rules: [] }) as unknown as HeardSms;

const demanded = (what: HeardSms, country = 'CN', declaredStop = false): string[] =>
  Object.entries(demandsOf(what, { country, declaredStop }))
    .filter(([, is]) => is)
    .map(([name]) => name);

describe('what a message demands', () => {
  it.each<[string, string[], string[]]>([
    ['opt_out', [], ['optOut']],
    ['refuse_permanent', [], ['optOut']],
    ['other', ['opt_out'], ['optOut']],
    ['help', ['refuse_permanent'], ['optOut']],
    ['opt_out', ['opt_in'], ['optOut']],
    ['opt_in', ['opt_out'], ['optOut']],
    ['opt_in', [], ['optIn']],
    // Not opting in is the safe error: only where it is the main thing.
    ['other', ['opt_in'], []],
    ['help', [], ['help']],
    ['other', [], []],
    // A stranger's word is no word of the customer's.
    ['wrong_person', [], ['wrongPerson']],
    ['wrong_person', ['opt_out'], ['wrongPerson']],
    ['wrong_person', ['opt_in'], ['wrongPerson']],
    ['opt_out', ['wrong_person'], ['optOut', 'wrongPerson']],
    ['opt_out', ['vulnerable'], ['optOut', 'vulnerable']],
    ['opt_out', ['complaint_threat'], ['optOut', 'complaint']],
    ['other', ['vulnerable', 'wrong_person'], ['wrongPerson', 'vulnerable']],
    ['other', ['not_interested'], ['declined']],
    ['opt_out', ['not_interested'], ['optOut']],
  ])('%s also %j', (label, also, expected) => {
    expect(demanded(heard(label, ...also)).sort()).toEqual([...expected].sort());
  });

  it.each(['JP', 'TW'])('an offer declined is final in %s', (country) => {
    expect(demanded(heard('other', 'not_interested'), country)).toEqual(['optOut']);
  });

  it('a stop that the provider itself has heard is one, whatever we hear', () => {
    expect(demanded(heard('other'), 'CN', true)).toEqual(['optOut']);
    expect(demanded(heard('opt_in'), 'CN', true)).toEqual(['optOut']);
  });

  it('help and noise change nothing of anybody', () => {
    for (const label of ['help', 'other'])
      expect(weighs(demandsOf(heard(label), { country: 'CN' }))).toBe(false);
    expect(weighs(demandsOf(heard('opt_in'), { country: 'CN' }))).toBe(true);
  });

  it('reaches as far as the words do', () => {
    expect(channelsOf(undefined)).toEqual(['voice_ai', 'voice_human', 'sms']);
    expect(channelsOf('voice')).toEqual(['voice_ai', 'voice_human']);
    expect(channelsOf('sms')).toEqual(['sms']);
  });
});

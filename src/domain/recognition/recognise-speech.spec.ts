import { recogniseSpeech } from './recognise-speech';

const labelsOf = (text: string): string[] => {
  const { label, also } = recogniseSpeech(text);
  return [label, ...also];
};

describe('which label when several fit', () => {
  it.each([
    ['在开车呢别再打我了', 'refuse_permanent', 'refuse_now'],
    ["i just buried my husband don't call this house again", 'refuse_permanent', 'vulnerable'],
    ["is this a robot whatever don't call back ever", 'refuse_permanent', 'ai_question'],
    ['再打我就投诉', 'refuse_permanent', 'complaint_threat'],
    ['我是他前妻你们别打我这儿', 'wrong_person', 'refuse_permanent'],
    ['eres grabación mejor pásame con un asesor de verdad', 'human_request', 'ai_question'],
    ['he died in november this was his phone', 'vulnerable', 'wrong_person'],
  ])('%s: %s with %s', (text, label, also) => {
    const [main, ...others] = labelsOf(text);
    expect([main, others.includes(also)]).toEqual([label, true]);
  });

  it.each([
    ['别打了', 'refuse_permanent'],
    ['现在别打了在开会下午再说', 'refuse_now'],
    ['我现在没时间以后也没时间不要打了', 'refuse_permanent'],
    ['不需要', 'not_interested'],
    ['我要去金融监管局告你们', 'complaint_threat'],
    ['投诉倒不至于你把费用讲明白就行', 'continue'],
    ['你是机器人吗', 'ai_question'],
    ['转人工', 'human_request'],
    ['我真的撑不下去了活着没意思', 'vulnerable'],
    ['他早就不用这个号了', 'wrong_person'],
    ['不会不方便你讲', 'continue'],
    ['钱别打这张卡打那张', 'continue'],
    ['我去年跟你们讲过不要打后来想想这产品还行你讲', 'continue'],
    ['', 'continue'],
  ])('%s is %s', (text, label) => {
    expect(labelsOf(text)[0]).toBe(label);
  });
});

describe('a named time', () => {
  it.each([
    ['你十分钟以后再打', { afterMinutes: 10 }],
    ['佢沖緊涼你半個鐘後打嚟啦', { afterMinutes: 30 }],
    ["i'm busy call me in two hours", { afterMinutes: 120 }],
    ['你下午三点以后打给我', { atLocal: { dayOffset: 0, minutes: 900 } }],
    ['今天别打了明天上午可以', { atLocal: { dayOffset: 0, minutes: 540 } }],
    ['call me tomorrow at 3 pm', { atLocal: { dayOffset: 1, minutes: 900 } }],
    ['márqueme después de las seis no', { atLocal: { dayOffset: 0, minutes: 1080 } }],
    ['在忙明天再打', { atLocal: { dayOffset: 1, minutes: 0 } }],
  ])('%s', (text, later) => {
    expect(recogniseSpeech(text).later).toEqual(later);
  });

  it('is absent when none was named', () => {
    expect(recogniseSpeech('在忙')).not.toHaveProperty('later');
    expect(recogniseSpeech('以后别再打了')).not.toHaveProperty('later');
  });
});

it('narrows a refusal to calls when he says so', () => {
  expect(recogniseSpeech('往后呢就发个微信得了电话别打').reach).toBe('voice');
  expect(recogniseSpeech('别再打了')).not.toHaveProperty('reach');
});

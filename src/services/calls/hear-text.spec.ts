import { recogniseSpeech } from '../../domain/recognition/recognise-speech';
import { hearText } from './hear-text';

const TALK = 'I will think about it and talk to my wife. '.repeat(200);

describe('what was said at length', () => {
  it('is heard as a whole where it is no longer than a turn of a call', async () => {
    const texts = [
      '',
      '嗯',
      '以后别再打了',
      `${TALK.slice(0, 980)} 以后别再打了`,
      'Call me tomorrow at ten.',
    ];
    for (const text of texts) expect(await hearText(text, {})).toEqual(recogniseSpeech(text));
  });

  it('is heard in parts otherwise, and others have their turn between them', async () => {
    let turns = 0;
    let next = setImmediate(function turn() {
      turns += 1;
      next = setImmediate(turn);
    });
    const heard = await hearText('不要再打'.repeat(2_048), {});
    clearImmediate(next);
    expect(heard.label).toBe('refuse_permanent');
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it.each([0, 795, 900, 990, 1_000, 4_100, 8_160])('hears a refusal at %d, also across a cut', async (at) => {
    const text = `${TALK.slice(0, at)}. 以后别再打了。 ${TALK}`.slice(0, 8_192);
    expect((await hearText(text, {})).label).toBe('refuse_permanent');
  });

  it('counts all that is heard in any part, and is as narrow as the narrowest refusal only where all are', async () => {
    const [stop, person] = ['别打电话，短信联系就好。', '转人工。'];
    const heard = await hearText(`${person}${TALK.slice(0, 1_500)}${stop}`, {});
    expect([heard.label, ...heard.also].sort()).toEqual(['human_request', 'refuse_permanent']);
    const narrow = recogniseSpeech(stop);
    expect(narrow.reach).toBe('voice');
    expect(heard.reach).toBe('voice');
    const both = await hearText(`${stop}${TALK.slice(0, 1_500)} 以后别再联系我了。`, {});
    expect(both.label).toBe('refuse_permanent');
    expect(both.reach).toBeUndefined();
    expect(heard.rules).toEqual([...new Set(heard.rules)]);
  });
});

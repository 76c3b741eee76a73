import vectors from '../../../test/vectors/call/speech-duties.json';
import type { Slot } from '../decision/facts';
import type { SpeechLabel } from '../recognition/labels';
import { SECOND } from '../time/instant';
import type { FoldedCall } from './call-state';
import { directivesFor, standingDirectives } from './directives';
import { dutiesOf, isRefusal, upshotOf } from './duties';
import type { Report } from './report';

const AT = Date.UTC(2026, 10, 20, 2);
const SLOT: Slot = {
  callId: 'call-1',
  campaignId: 'spring-card',
  purpose: 'marketing',
  decidedAt: AT,
  expiresAt: AT + 30 * SECOND,
};

/** A transcript as history holds it once it was heard. */
const said = (...labels: SpeechLabel[]): Report => ({
  type: 'transcript',
  at: AT + SECOND,
  effective: true,
  flags: upshotOf(labels) === 'end' && labels.some(isRefusal) ? ['REFUSED'] : [],
  heard: labels,
});
const told = (type: Report['type']): Report => ({ type, at: AT + SECOND, effective: true, flags: [] });
const call = (reports: Report[], slot: Partial<Slot> = {}): FoldedCall => ({
  outcome: 'allow',
  expiresAt: SLOT.expiresAt,
  slot: { ...SLOT, ...slot },
  reports,
});
const types = (directives: { type: string }[]): string[] => directives.map((directive) => directive.type);

describe('what is said during a call', () => {
  it.each(vectors)('$id', (vector) => {
    const labels = vector.labels as SpeechLabel[];
    const heard = { type: 'transcript', labels, confirmation: 'Recorded.' } as const;
    expect(types(directivesFor(heard, call([told('answered'), said(...labels)]), true))).toEqual(
      vector.directives,
    );
    expect(dutiesOf(labels, vector.country)).toEqual({
      stop: vector.stop ?? false,
      pauses: vector.pauses ?? [],
      wrongPerson: vector.wrongPerson ?? false,
      vulnerable: vector.vulnerable ?? false,
      complaint: vector.complaint ?? false,
    });
  });

  it.each(vectors)('$id: obliges the voice to nothing once the call is over', (vector) => {
    const labels = vector.labels as SpeechLabel[];
    const over = call([told('answered'), told('ended'), said(...labels)]);
    expect(directivesFor({ type: 'transcript', labels }, over, true)).toEqual([]);
  });

  it.each(vectors)('$id: never goes on where the authorization was withdrawn', (vector) => {
    const labels = vector.labels as SpeechLabel[];
    const withdrawn = call([told('answered'), said(...labels)], { voidedAt: AT + SECOND });
    const directives = types(directivesFor({ type: 'transcript', labels }, withdrawn, true));
    expect(directives.at(-1)).toBe('end_call');
    expect(directives).not.toContain('transfer_to_human');
  });
});

describe('what stands after it was said', () => {
  const next = { type: 'transcript', labels: [] } as const;

  it('ends the call though the answer was lost: a refusal, a stranger, a person who may not be sold anything', () => {
    for (const label of ['refuse_permanent', 'wrong_person', 'vulnerable', 'complaint_threat'] as const) {
      const reports = [told('answered'), said(label)];
      expect([label, types(standingDirectives(call(reports)))]).toEqual([label, ['end_call']]);
      expect([label, types(directivesFor(next, call(reports), true))]).toEqual([label, ['end_call']]);
    }
  });

  it.each<[SpeechLabel[], SpeechLabel[]]>([
    [['vulnerable'], ['human_request']],
    [['human_request'], ['vulnerable']],
    [['human_request'], ['complaint_threat']],
  ])('hands over to a person who was asked for, in whatever order it was heard: %j, %j', (first, second) => {
    const reports = [told('answered'), said(...first), said(...second)];
    const heard = { type: 'transcript', labels: second } as const;
    expect(types(directivesFor(heard, call(reports), false))).toEqual(['transfer_to_human']);
    expect(types(standingDirectives(call(reports)))).toEqual(['transfer_to_human']);
    expect(standingDirectives(call([...reports, told('transferred')]))).toEqual([]);
  });

  it('is no transfer after a refusal, whichever came first', () => {
    for (const reports of [
      [said('vulnerable', 'human_request'), said('refuse_permanent')],
      [said('refuse_permanent'), said('vulnerable', 'human_request')],
    ]) {
      const heard = { type: 'transcript', labels: reports[1]?.heard ?? [] } as const;
      expect(types(directivesFor(heard, call(reports), false)).at(-1)).toBe('end_call');
      expect(types(standingDirectives(call(reports)))).toEqual(['end_call']);
    }
  });

  it('is nothing where a person or an answer was asked for: it was told once', () => {
    expect(standingDirectives(call([told('answered'), said('human_request')]))).toEqual([]);
    expect(standingDirectives(call([told('answered'), said('ai_question')]))).toEqual([]);
  });
});

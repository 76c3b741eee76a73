import { setImmediate as othersFirst } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Json } from '../../../domain/ledger/canonical-json';
import { type Channel, CHANNELS } from '../../../domain/decision/purpose';
import type { Heard, Later, SpeechLabel } from '../../../domain/recognition/labels';
import { recogniseSpeech } from '../../../domain/recognition/recognise-speech';
import { RECOGNISER_VERSION } from '../../../domain/recognition/version';
import { type Passage, passagesOf } from '../../../domain/results/passages';
import type { Line } from '../../../domain/results/read-dialogue';

/** What the other side said in a dialogue that obliges us to anything. */
export interface HeardDialogue {
  labels: SpeechLabel[];
  /** The line in which the customer first refused for good. Absent where nobody knows that it was the customer. */
  refusedAt?: number;
  /** A stranger answered for certain, and nobody else refused for certain: what was refused was the stranger's. */
  onlyStranger: boolean;
  /** Times that were named for a next call. */
  later: Later[];
  /** As far as the refusals reach: everything, unless all of them were narrower. */
  channels: Channel[];
  /** Of the words that were heard so, for the record of whoever said them. */
  said: { [member: string]: Json }[];
}

/** Decisions wait for nothing longer than this. */
const TURN_MS = 5;
const KEPT_PASSAGES = 100;

/** Hears a whole dialogue, however long, without holding up the process that decides calls. */
@Injectable()
export class HearDialogue {
  async hear(lines: readonly Line[], country: string | undefined): Promise<HeardDialogue> {
    const heard: HeardDialogue = { labels: [], onlyStranger: false, later: [], channels: [], said: [] };
    const known = new Map<string, Heard<SpeechLabel>>();
    const refusals: Heard<SpeechLabel>[] = [];
    const sure = { stranger: false, refusal: false };
    let turn = performance.now();
    for (const passage of passagesOf(lines)) {
      let understood = known.get(passage.text);
      if (understood === undefined) {
        understood = recogniseSpeech(passage.text, country === undefined ? {} : { country });
        known.set(passage.text, understood);
      }
      const labels = [understood.label, ...understood.also].filter((label) => label !== 'continue');
      if (labels.includes('refuse_permanent')) refusals.push(understood);
      if (passage.sure && labels.includes('wrong_person')) sure.stranger = true;
      else if (passage.sure && labels.includes('refuse_permanent')) sure.refusal = true;
      note(heard, passage, understood, labels);
      if (performance.now() - turn < TURN_MS) continue;
      await othersFirst();
      turn = performance.now();
    }
    heard.labels = [...new Set(heard.labels)];
    heard.onlyStranger = sure.stranger && !sure.refusal;
    heard.channels = channelsOf(refusals);
    return heard;
  }
}

function note(
  heard: HeardDialogue,
  passage: Passage,
  understood: Heard<SpeechLabel>,
  labels: SpeechLabel[],
): void {
  if (labels.length === 0) return;
  heard.labels.push(...labels);
  if (understood.later !== undefined) heard.later.push(understood.later);
  if (passage.sure && labels.includes('refuse_permanent')) {
    heard.refusedAt = Math.min(heard.refusedAt ?? passage.line, passage.line);
  }
  if (heard.said.length === KEPT_PASSAGES) return;
  const { text, line, sure } = passage;
  heard.said.push({ text, line, sure, labels, rules: understood.rules, recogniser: RECOGNISER_VERSION });
}

function channelsOf(refusals: readonly Heard<SpeechLabel>[]): Channel[] {
  const reaches = new Set(refusals.map(({ reach }) => reach));
  if (reaches.size !== 1) return [...CHANNELS];
  if (reaches.has('sms')) return ['sms'];
  return reaches.has('voice') ? ['voice_ai', 'voice_human'] : [...CHANNELS];
}

import type { Later } from '../labels';
import type { Views } from '../text/views';
import { laterOf } from '../text/later';
import type { Sense, Sensed } from './senses';

/** What the rules said about one text, for the two channels to weigh. */
export class Said {
  constructor(private readonly heard: readonly Sensed[]) {}

  has(sense: Sense): boolean {
    return this.heard.some((one) => one.sense === sense);
  }

  /** Where it was said last; below zero when it was not. In a sentence that turns, the later clause decides. */
  last(sense: Sense): number {
    return this.heard.reduce((at, one) => (one.sense === sense ? Math.max(at, one.to) : at), -1);
  }

  rules(): string[] {
    return [...new Set(this.heard.map(({ rule }) => rule))];
  }

  /** His own words, when they narrow the wish to one channel. */
  reach(): { reach?: 'voice' | 'sms' } {
    if (this.has('voice_only')) return { reach: 'voice' };
    return this.has('sms_only') ? { reach: 'sms' } : {};
  }
}

export function namedTime(views: Views): { later?: Later } {
  const later = laterOf(views);
  return later === undefined ? {} : { later };
}

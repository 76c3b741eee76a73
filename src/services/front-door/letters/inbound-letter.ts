import type { InboundRecord } from '../../../platform/bus/inbound';
import type { Instant } from '../../../domain/time/instant';

export const LETTER_STATES = ['waiting', 'replayed', 'discarded'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** A record that could not be handled, or waits for one. Nothing of a person is in it but the sealed record. */
export interface InboundLetter {
  id: string;
  reader: string;
  topic: string;
  partition: number;
  recordOffset: string;
  state: LetterState;
  parkedBehind: string | null;
  reason: string;
  attempts: number;
  recordedAt: Instant;
  settledAt: Instant | null;
  settledBy: string | null;
}

/** A letter that waits, under lock, with what was sent. */
export interface OpenedLetter {
  id: string;
  print: Buffer;
  record: InboundRecord;
}

/** The record as text, to be sealed. */
export function writeRecord({ value, ...record }: InboundRecord): Buffer {
  return Buffer.from(JSON.stringify({ ...record, value: value.toString('base64') }), 'utf8');
}

export function readRecord(text: Buffer): InboundRecord {
  const { value, ...record } = JSON.parse(text.toString('utf8')) as Omit<InboundRecord, 'value'> & {
    value: string;
  };
  return { ...record, value: Buffer.from(value, 'base64') };
}

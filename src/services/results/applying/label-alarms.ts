import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { LABELLED, plainLabel, type ResultsMapping } from '../../../domain/results/mapping';
import type { ReadLabel } from '../../../domain/results/read-result';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { FlagsPort } from '../../flags/flags.port';
import { recordedActor } from '../../people/recorded-actor';
import { LabelAlarmsRepository } from './label-alarms.repository';

/**
 * A word that nobody knows; `session`: there are reports of a vendor that match no call of its; `fault`: there are some in
 * which this member could not be read.
 */
export interface Alarming {
  kind: ReadLabel['kind'] | 'session' | 'fault';
  text: string;
}

/** A report with more unknown words than this is not one that anybody mapped: the first of them tell that. */
const MOST_ALARMS = 20;

/** With so many open ones a vendor's words are work as a whole: more would bury the flags of people beside them. */
const MOST_OPEN = 50;
const TOO_MANY: Alarming = { kind: 'fault', text: 'more unknown words than flags' };

/**
 * A word of a vendor's that no mapping knows is work for somebody, and never passed over: one open flag a vendor and
 * word. The word may be anything, even a name: it stands sealed in the flag.
 */
@Injectable()
export class LabelAlarms {
  constructor(
    private readonly alarms: LabelAlarmsRepository,
    private readonly flags: FlagsPort,
    private readonly evidence: EvidenceWriter,
  ) {}

  /** The caller holds the locks of the person's rows and takes no further ones of that kind. */
  async raise(
    tx: Tx,
    found: {
      vendorId: string;
      labels: readonly Alarming[];
      resultId: string;
      /** The event that holds the report. */
      eventId: string;
      at: Instant;
      actor: Actor;
    },
  ): Promise<number> {
    const { vendorId, resultId, at, actor } = found;
    const tagged = (await this.withinBounds(tx, vendorId, found.labels.slice(0, MOST_ALARMS))).map(
      (label) => ({
        ...label,
        tag: this.alarms.tagOf(label),
      }),
    );
    let raised = 0;
    // In the order of their tags, so that no two reports wait for each other.
    for (const { kind, text, tag } of tagged.sort((a, b) => a.tag.compare(b.tag))) {
      await this.alarms.takeTurn(tx, vendorId, tag);
      const open = await this.alarms.openFor(tx, vendorId, tag);
      if (open !== undefined) {
        await this.flags.repeat(tx, open, { causeEventId: found.eventId, at });
        continue;
      }
      const [eventId = ''] = await this.evidence.record(tx, [
        {
          type: 'result.label_unmapped.v1',
          at,
          partitionKey: vendorId,
          clear: { vendorId, resultId, kind },
          payload: { vendorId, resultId, kind, label: text, actor: recordedActor(actor) },
        },
      ]);
      const { id: flagId } = await this.flags.raise(tx, {
        kind: 'unmapped_result',
        vendorId,
        causeEventId: eventId,
        detail: { vendorId, resultId, kind, label: text },
        actor,
      });
      await this.alarms.insert(tx, { flagId, vendorId, tag, kind, eventId, raisedAt: at });
      raised += 1;
    }
    return raised;
  }

  /** Beyond the bound every new word is the one alarm that there are too many. */
  private async withinBounds(tx: Tx, vendorId: string, words: readonly Alarming[]): Promise<Alarming[]> {
    const open = await this.alarms.open(tx, vendorId);
    if (open.length + words.length <= MOST_OPEN) return [...words];
    const known = await this.openAmong(tx, vendorId, words);
    const room = Math.max(0, MOST_OPEN - open.length);
    const fresh = words.filter((word) => !known.includes(word));
    const more = fresh.length > room ? [TOO_MANY] : [];
    return [...known, ...fresh.slice(0, room), ...more];
  }

  /** Which of these words still wait for somebody. */
  async openAmong<Word extends Alarming>(tx: Tx, vendorId: string, words: readonly Word[]): Promise<Word[]> {
    const open = new Set((await this.alarms.open(tx, vendorId)).map(({ tag }) => tag.toString('hex')));
    return words.filter((word) => open.has(this.alarms.tagOf(word).toString('hex')));
  }

  /** The work of those words is done that a mapping knows now. */
  async settleMapped(
    tx: Tx,
    { vendorId, mapping, actor }: { vendorId: string; mapping: ResultsMapping; actor: Actor },
  ): Promise<void> {
    const mapped = new Set(wordsOf(mapping).map((word) => this.alarms.tagOf(word).toString('hex')));
    for (const { flagId, tag } of await this.alarms.open(tx, vendorId)) {
      if (!mapped.has(tag.toString('hex'))) continue;
      await this.flags.settle(tx, flagId, {
        resolution: 'mapped',
        note: 'The results mapping of the vendor knows this word now.',
        actor,
      });
    }
  }
}

function wordsOf(mapping: ResultsMapping): Alarming[] {
  const { customer = [], agent = [] } = mapping.dialogue?.speaker ?? {};
  return [
    ...LABELLED.flatMap((kind) =>
      Object.keys(mapping.labels[kind] ?? {}).map((text) => ({ kind, text: plainLabel(text) })),
    ),
    ...[...customer, ...agent].map((text) => ({ kind: 'speaker' as const, text: plainLabel(text) })),
  ];
}

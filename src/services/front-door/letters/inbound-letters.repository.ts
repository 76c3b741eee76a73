import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { startOf } from '../../../platform/http/cursor';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { derivedKey } from '../../../platform/keys/derived-key';
import { Keyring } from '../../../platform/keys/keyring';
import { open, seal } from '../../../platform/keys/sealing';
import type { Arrival } from '../arrivals';
import type { EffectSource } from '../effect';
import {
  type InboundLetter,
  type LetterState,
  type OpenedLetter,
  readRecord,
  writeRecord,
} from './inbound-letter';
import { LetterEvents } from './letter-events';

type Source = Pick<EffectSource, 'name' | 'ordered'>;

/**
 * The first letter of the key that waits. KEY SHARE waits for a replay that is just settling it; when it is settled, the
 * next one is found, or none.
 */
const HEAD = `
SELECT letter_id FROM inbound_letters WHERE reader = $1 AND key_print = $2 AND state = 'waiting'
ORDER BY seq LIMIT 1 FOR KEY SHARE`;

/** The record enters unless it has been handled, is itself a letter, or waits ($4) for one. */
const ENTER = `
WITH head AS MATERIALIZED (${HEAD}
), own AS MATERIALIZED (
  SELECT FROM inbound_letters WHERE reader = $1 AND print = $3
), entered AS (
  INSERT INTO inbound_seen (reader, print, recorded_at)
  SELECT $1, $3, clock_timestamp()
  WHERE NOT EXISTS (SELECT FROM own) AND NOT ($4::boolean AND EXISTS (SELECT FROM head))
  ON CONFLICT DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT FROM entered) AS entered, (SELECT letter_id FROM head) AS head`;

/** A record that was handled, or is a letter already, becomes none. */
const KEEP = `
INSERT INTO inbound_letters (letter_id, reader, topic, partition, record_offset, print, key_print, state, parked_behind,
  reason, attempts, sealed, recorded_at)
SELECT $1::uuid, $2::text, $3, $4, $5, $6::bytea, $7, 'waiting', $8::uuid, $9, $10, $11, $12
WHERE NOT EXISTS (SELECT FROM inbound_seen WHERE reader = $2 AND print = $6)
ON CONFLICT DO NOTHING RETURNING 1`;

const COLUMNS = `letter_id AS id, reader, topic, partition, record_offset AS "recordOffset", state,
  parked_behind AS "parkedBehind", reason, attempts, settled_by AS "settledBy",
  (extract(epoch FROM recorded_at) * 1000)::float8 AS "recordedAt",
  (extract(epoch FROM settled_at) * 1000)::float8 AS "settledAt"`;

/** What has been handled of the inbound topics, and what could not be. */
@Injectable()
export class InboundLetters {
  private readonly key: Buffer;

  constructor(
    private readonly database: Database,
    private readonly events: LetterEvents,
    keyring: Keyring,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.key = derivedKey(keyring.answerKey, 'inbound/letters/v1');
  }

  /** The first statement of an effect's transaction. Only `handled` is to have one; `parked` has become a letter. */
  async enter(
    tx: Tx,
    source: Source,
    arrival: Arrival,
    waits: boolean,
  ): Promise<'handled' | 'parked' | 'duplicate'> {
    const [row] = await tx.query<{ entered: boolean; head: string | null }>({
      name: 'inbound-enter',
      text: ENTER,
      values: [source.name, orderOf(source, arrival), arrival.print, waits],
    });
    if (row?.entered === true) return 'handled';
    if (row?.head == null || !waits) return 'duplicate';
    const parked = await this.insert(tx, source, arrival, {
      parkedBehind: row.head,
      attempts: 0,
      reason: 'PARKED',
    });
    return parked ? 'parked' : 'duplicate';
  }

  /** Durable when it resolves. False where the record was handled by somebody else, or is kept already. */
  async keep(
    source: Source,
    arrival: Arrival,
    failure: { attempts: number; reason: string },
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const [head] = await tx.query<{ letter_id: string }>({
        name: 'inbound-head',
        text: HEAD,
        values: [source.name, orderOf(source, arrival)],
      });
      return this.insert(tx, source, arrival, { parkedBehind: head?.letter_id ?? null, ...failure });
    });
  }

  async list(
    tx: Tx,
    query: { state?: LetterState; topic?: string; limit: number; cursor?: string },
  ): Promise<InboundLetter[]> {
    const { at, id } = startOf(query, 'uuid');
    return tx.query<InboundLetter>({
      name: 'inbound-letters-list',
      text: `SELECT ${COLUMNS} FROM inbound_letters
WHERE ($1::timestamptz IS NULL OR (recorded_at, letter_id) < ($1, $2::uuid)) AND ($3::text IS NULL OR state = $3)
  AND ($4::text IS NULL OR topic = $4)
ORDER BY recorded_at DESC, letter_id DESC LIMIT $5`,
      values: [at, id, query.state ?? null, query.topic ?? null, query.limit + 1],
    });
  }

  /** Undefined where there is none. `head`: the first of its key that waits. */
  async find(
    tx: Tx,
    id: string,
  ): Promise<(InboundLetter & { keyPrint: Buffer; head: string | null }) | undefined> {
    const [letter] = await tx.query<InboundLetter & { keyPrint: Buffer; head: string | null }>({
      name: 'inbound-letters-find',
      text: `SELECT ${COLUMNS}, key_print AS "keyPrint", (
  SELECT h.letter_id FROM inbound_letters h
  WHERE h.reader = l.reader AND h.key_print = l.key_print AND h.state = 'waiting' ORDER BY h.seq LIMIT 1
) AS head FROM inbound_letters l WHERE letter_id = $1`,
      values: [id],
    });
    return letter;
  }

  /** The first letter of a key that waits; nothing is parked behind it before the transaction ends. */
  async lockHead(tx: Tx, reader: string, keyPrint: Buffer): Promise<OpenedLetter | undefined> {
    const [row] = await tx.query<{ id: string; print: Buffer; sealed: Buffer }>({
      name: 'inbound-letters-lock',
      text: `SELECT letter_id AS id, print, sealed FROM inbound_letters
WHERE reader = $1 AND key_print = $2 AND state = 'waiting' ORDER BY seq LIMIT 1 FOR UPDATE`,
      values: [reader, keyPrint],
    });
    if (row === undefined) return undefined;
    return { id: row.id, print: row.print, record: readRecord(open(this.key, row.sealed, row.id)) };
  }

  /** What was sealed goes with it. False where the record was handled after all: then it must have no effect. */
  async settle(
    tx: Tx,
    reader: string,
    letter: OpenedLetter,
    by: { state: 'replayed' | 'discarded'; clientId: string },
  ): Promise<boolean> {
    await tx.query({
      name: 'inbound-letters-settle',
      text: `UPDATE inbound_letters SET state = $2, sealed = NULL, settled_at = $3, settled_by = $4 WHERE letter_id = $1`,
      values: [letter.id, by.state, new Date(this.clock.now()), by.clientId],
    });
    const entered = await tx.query({
      name: 'inbound-letters-seen',
      text: `INSERT INTO inbound_seen (reader, print, recorded_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT DO NOTHING RETURNING 1`,
      values: [reader, letter.print],
    });
    return entered.length > 0;
  }

  /** It was tried again, and stays: now on its own account. */
  async failedAgain(id: string, reason: string): Promise<void> {
    await this.database.query(
      `UPDATE inbound_letters SET attempts = attempts + 1, reason = $2, parked_behind = NULL
       WHERE letter_id = $1 AND state = 'waiting'`,
      [id, reason],
      'inbound-letters-failed',
    );
  }

  private async insert(
    tx: Tx,
    source: Source,
    arrival: Arrival,
    letter: { parkedBehind: string | null; attempts: number; reason: string },
  ): Promise<boolean> {
    const { record, print } = arrival;
    const at = this.clock.now();
    const id = uuidV7(at);
    const orderPrint = orderOf(source, arrival);
    const kept = await tx.query({
      name: 'inbound-keep',
      text: KEEP,
      values: [
        id,
        source.name,
        record.topic,
        record.partition,
        record.offset,
        print,
        orderPrint,
        letter.parkedBehind,
        letter.reason,
        letter.attempts,
        seal(this.key, writeRecord(record), id),
        new Date(at),
      ],
    });
    if (kept.length === 0) return false;
    const { topic, partition, offset } = record;
    await this.events.kept(tx, { id, at, topic, partition, offset, ...letter });
    return true;
  }
}

/** A record that is ordered with nothing has an order of its own. */
const orderOf = ({ ordered }: Source, { keyPrint, print }: Arrival): Buffer => (ordered ? keyPrint : print);

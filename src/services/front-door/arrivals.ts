import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type ReadMessage, readMessage } from '../../platform/bus/cloud-event-message';
import type { InboundRecord } from '../../platform/bus/inbound';
import { derivedKey } from '../../platform/keys/derived-key';
import { Keyring } from '../../platform/keys/keyring';

/** A record, and what it is known again by. Keyed hashes: an id, a key and a body may each be or hold a number. */
export interface Arrival {
  readonly record: InboundRecord;
  readonly read: ReadMessage;
  /** Of the event's source and id; of a record that names no event, of its place and content. */
  readonly print: Buffer;
  /** Of the record's key; a record without one is ordered with nothing. */
  readonly keyPrint: Buffer;
  /** Of what the event says. */
  readonly content: Buffer;
}

/** Reads records, and knows them again. */
@Injectable()
export class Arrivals {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = derivedKey(keyring.answerKey, 'inbound/prints/v1');
  }

  of(record: InboundRecord): Arrival {
    const read = readMessage(record);
    const { id, source } = 'event' in read ? read.event : read.fault;
    const { topic, partition, offset, key, value } = record;
    const named = id !== undefined && source !== undefined;
    const print = named
      ? this.print('event', [source, id])
      : this.print('record', [topic, String(partition), offset, value.toString('base64')]);
    const said = 'event' in read ? (JSON.stringify([read.event.type, read.event.data]) ?? '') : undefined;
    return {
      record,
      read,
      print,
      keyPrint: key === undefined ? print : this.print('key', [topic, key]),
      content: this.print('content', [said ?? value.toString('base64')]),
    };
  }

  private print(kind: string, words: readonly string[]): Buffer {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([kind, ...words]), 'utf8')
      .digest();
  }
}

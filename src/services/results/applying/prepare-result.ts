import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { E164 } from '../../../domain/phone/e164';
import { parseNumber } from '../../../domain/phone/parse-number';
import { isSilent, type ReadResult, readResult } from '../../../domain/results/read-result';
import { Database, type Tx } from '../../../platform/database/database';
import { CallReader, type StoredCall } from '../../decisions/call.reader';
import type { StoredMapping } from '../mapping/mappings.repository';
import { VendorCallsReader } from '../vendor-calls.reader';
import { HearDialogue, type HeardDialogue } from './hear-dialogue';
import { keptJson } from './kept-json';

/** A report read, heard and matched, before anything of it is written. */
export interface PreparedResult {
  vendorId: string;
  actor: Actor;
  mappingVersion: number;
  /** The report, as its record will hold it. */
  row: Json;
  read: ReadResult;
  heard: HeardDialogue;
  /** Absent for a call that is not there, or is another vendor's: nobody learns which. */
  call?: StoredCall;
  /** Where the call went, or, where it is none of ours, where the report says that it went. */
  number?: E164;
  country?: string;
  /** Every clock the person may live by. */
  timeZones: string[];
}

type Reached = Pick<PreparedResult, 'call' | 'number' | 'country' | 'timeZones'> & {
  /** It was told during the call that somebody took it up. */
  answered?: boolean;
};

/** Reads a report by the vendor's mapping and hears what was said in it. Writes nothing and holds no lock. */
@Injectable()
export class PrepareResult {
  constructor(
    private readonly database: Database,
    private readonly vendorCalls: VendorCallsReader,
    private readonly calls: CallReader,
    private readonly hearing: HearDialogue,
  ) {}

  async prepare(
    from: { vendorId: string; actor: Actor; clientId: string; stored: StoredMapping },
    row: unknown,
  ): Promise<PreparedResult> {
    const { vendorId, actor, clientId, stored } = from;
    const read = readResult(stored.mapping, row);
    const { sessionId } = read;
    const reached =
      sessionId === undefined
        ? undefined
        : await this.database.transaction((tx) => this.reached(tx, { vendorId, sessionId, clientId }));
    const { answered = false, ...known } = reached ?? namedIn(read, stored.mapping.number?.region);
    if (isSilent(stored.mapping, read, answered)) read.faults.push('silent');
    return {
      vendorId,
      actor,
      mappingVersion: stored.version,
      row: keptJson(row),
      read,
      heard: await this.hearing.hear(read.lines, known.country),
      ...known,
    };
  }

  private async reached(
    tx: Tx,
    asked: { vendorId: string; sessionId: string; clientId: string },
  ): Promise<Reached | undefined> {
    const callId = await this.vendorCalls.callOf(tx, asked);
    const call = callId === undefined ? undefined : await this.calls.find(tx, callId);
    if (call === undefined) return undefined;
    const { types } = await this.vendorCalls.told(tx, call.callId);
    const answered = types.has('answered');
    const payload = await this.calls.payload(tx, call);
    if (payload === undefined) return { call, answered, timeZones: [] };
    const { number } = payload.facts.ask;
    return {
      call,
      answered,
      ...(number.kind === 'valid' ? { number: number.e164, country: number.country } : {}),
      timeZones: [...new Set(payload.decision.candidates.map((candidate) => candidate.timeZone))],
    };
  }
}

function namedIn({ number }: ReadResult, region: string | undefined): Reached {
  const verdict = number === undefined ? undefined : parseNumber(number, region);
  if (verdict?.kind !== 'valid') return { timeZones: [] };
  return { number: verdict.e164, country: verdict.country, timeZones: [] };
}

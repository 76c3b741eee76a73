import { CliError, EXIT } from '../cli-error';
import { describeProblem, type GatewayClient, isRecord } from '../gateway-client';
import type { CallMembers, ListRow } from './list-row';
import type { RowAnswer } from './row-output';

/** As many as one request of the gateway may hold (API.md, "Deciding"). */
export const BATCH_ROWS = 1_000;
/** Half of what the gateway takes as one body: a batch of long rows is sent earlier. */
const BATCH_BYTES = 524_288;

/** Objections that the hour or the date raises, and not the person (`--time ignore`). */
const TIME_CODES = new Set(['OUTSIDE_HOURS', 'HOLIDAY']);

/** What is the same for every row of a scrub. */
export interface ScrubTerms {
  campaignId: string;
  callerId: string | undefined;
  voice: string | undefined;
  region: string | undefined;
  /** RFC 3339; absent: now. */
  at: string | undefined;
  time: 'apply' | 'ignore';
}

/** Puts rows together into batches of at most a thousand, none of which is too large to be sent. */
export class BatchFiller {
  private rows: ListRow[] = [];
  private bytes = 0;

  /** The batches that these rows fill. */
  add(rows: readonly ListRow[]): ListRow[][] {
    const full: ListRow[][] = [];
    for (const row of rows) {
      const bytes = row.call === undefined ? 0 : Buffer.byteLength(JSON.stringify(row.call));
      if (this.rows.length > 0 && (this.rows.length === BATCH_ROWS || this.bytes + bytes > BATCH_BYTES)) {
        full.push(this.take());
      }
      this.rows.push(row);
      this.bytes += bytes;
    }
    return full;
  }

  rest(): ListRow[][] {
    return this.rows.length === 0 ? [] : [this.take()];
  }

  private take(): ListRow[] {
    const batch = this.rows;
    this.rows = [];
    this.bytes = 0;
    return batch;
  }
}

/**
 * Previews one batch: an answer for every row, in order. Rows that could not be read are not asked about.
 * @throws CliError where the gateway refuses the batch as a whole or answers for another number of rows.
 */
export async function previewBatch(
  gateway: GatewayClient,
  terms: ScrubTerms,
  rows: readonly ListRow[],
): Promise<RowAnswer[]> {
  const calls = rows.flatMap((row) => (row.call === undefined ? [] : [callOf(terms, row.call)]));
  if (calls.length > 0 && calls.every((call) => call['callerId'] === undefined)) {
    throw new CliError(EXIT.usage, 'Nothing names the caller number: say which one calls with --caller-id.');
  }
  const results = calls.length === 0 ? [] : await ask(gateway, terms, calls);
  let next = 0;
  return rows.map((row) => {
    if (row.call === undefined) return { outcome: 'error', reasons: [row.fault ?? 'MALFORMED'] };
    const answer = answerOf(results[next]);
    next += 1;
    return terms.time === 'ignore' ? withoutTime(answer) : answer;
  });
}

async function ask(gateway: GatewayClient, terms: ScrubTerms, calls: unknown[]): Promise<unknown[]> {
  const answer = await gateway.ask('POST', '/v1/calls/preview/batch', {
    calls,
    ...(terms.at === undefined ? {} : { at: terms.at }),
  });
  if (answer.status !== 200) {
    throw new CliError(EXIT.gateway, `The gateway refused the list: ${describeProblem(answer)}`);
  }
  const results: unknown = isRecord(answer.body) ? answer.body['results'] : undefined;
  if (!Array.isArray(results) || results.length !== calls.length) {
    throw new CliError(
      EXIT.gateway,
      'The gateway answered for another number of rows than it was asked about.',
    );
  }
  return results as unknown[];
}

/** What the row says of itself wins over what was said for the whole list. */
function callOf(terms: ScrubTerms, call: CallMembers): Record<string, unknown> {
  return {
    ...(terms.callerId === undefined ? {} : { callerId: terms.callerId }),
    ...(terms.voice === undefined ? {} : { voice: terms.voice }),
    ...(terms.region === undefined ? {} : { region: terms.region }),
    ...call,
    campaignId: terms.campaignId,
  };
}

function answerOf(result: unknown): RowAnswer {
  if (!isRecord(result)) return { outcome: 'error', reasons: ['INTERNAL'] };
  const problem = result['problem'];
  if (isRecord(problem)) return { outcome: 'error', reasons: [codeOf(problem)] };
  const { outcome, e164, notBefore, reasons } = result;
  // Whatever is not one of the three known answers must never be read as leave to call.
  if (outcome !== 'allow' && outcome !== 'deny' && outcome !== 'defer') {
    return { outcome: 'error', reasons: ['INTERNAL'] };
  }
  const codes = Array.isArray(reasons) ? reasons.filter(isRecord).map(codeOf) : [];
  return {
    ...(typeof e164 === 'string' ? { e164 } : {}),
    outcome,
    reasons: [...new Set(codes)],
    ...(typeof notBefore === 'string' ? { notBefore } : {}),
  };
}

function codeOf({ code }: Record<string, unknown>): string {
  return typeof code === 'string' ? code : 'INTERNAL';
}

/**
 * The answer as it would be at a permitted hour. A list is scrubbed at night for the day after; without this every
 * row of it would be deferred. Objections of the person (quiet hours, pauses) stay. A dialer of a vendor never
 * learns whether an objection is one of time, so its answers stay as they are.
 */
function withoutTime(answer: RowAnswer): RowAnswer {
  const rest = answer.reasons.filter((code) => !TIME_CODES.has(code));
  if (rest.length === answer.reasons.length) return answer;
  if (rest.length > 0) return { ...answer, reasons: rest };
  return { ...(answer.e164 === undefined ? {} : { e164: answer.e164 }), outcome: 'allow', reasons: [] };
}

import type { Writable } from 'node:stream';
import { CliError, EXIT } from '../cli-error';
import { describeProblem, type GatewayClient, isRecord } from '../gateway-client';
import { type ListSource, readList } from './list-reader';
import type { ListRow } from './list-row';
import { BatchFiller, previewBatch, type ScrubTerms } from './preview-batches';
import { type RowAnswer, RowOutput } from './row-output';
import type { ScrubProgress } from './scrub-progress';
import { ScrubTally } from './scrub-tally';

/** Enough to keep the gateway busy while rows are read and written, and few enough to leave it to its dialers. */
const REQUESTS_IN_FLIGHT = 3;

export interface Scrub {
  source: ListSource;
  terms: ScrubTerms;
  gateway: GatewayClient;
  out: Writable;
  progress: ScrubProgress;
}

interface Asked {
  rows: readonly ListRow[];
  answers: Promise<RowAnswer[]>;
  bytesRead: number;
}

/**
 * Streams a list through the gateway: every row comes out once, in order, with its answer. Memory holds three
 * batches, whatever the length of the list. A scrub is a preview: it reserves and permits nothing.
 * @throws CliError; what was written by then is not the whole list.
 */
export async function scrubList(scrub: Scrub): Promise<ScrubTally> {
  const tally = new ScrubTally();
  const filler = new BatchFiller();
  const asked: Asked[] = [];
  let output: RowOutput | undefined;

  const send = (rows: ListRow[], bytesRead: number): void => {
    const answers = previewBatch(scrub.gateway, scrub.terms, rows);
    // Awaited in its turn; a batch behind it that fails earlier must not end the process meanwhile.
    answers.catch(() => undefined);
    asked.push({ rows, answers, bytesRead });
  };
  const receive = async (upTo: number): Promise<void> => {
    while (asked.length > upTo) {
      const batch = asked.shift();
      if (batch === undefined || output === undefined) return;
      const answers = await batch.answers;
      await output.rows(batch.rows.map((row, index) => ({ row, answer: answerAt(answers, index) })));
      for (const answer of answers) tally.add(answer);
      scrub.progress.update(batch.bytesRead, tally.rows);
    }
  };

  const list = readList(scrub.source, (shape) => {
    output = new RowOutput(scrub.out, shape);
  });
  let begun = false;
  let bytesRead = 0;
  for await (const portion of list) {
    bytesRead = portion.bytesRead;
    if (!begun && output !== undefined) {
      begun = true;
      await output.begin();
    }
    for (const batch of filler.add(portion.rows)) {
      await receive(REQUESTS_IN_FLIGHT - 1);
      send(batch, bytesRead);
    }
  }
  for (const batch of filler.rest()) send(batch, bytesRead);
  await receive(0);
  return tally;
}

function answerAt(answers: readonly RowAnswer[], index: number): RowAnswer {
  const answer = answers[index];
  if (answer === undefined) throw new Error('A batch came back with fewer answers than rows.');
  return answer;
}

/**
 * The caller number and voice of a campaign, for who does not name them: its first registered caller number.
 * A client that may not read campaigns must name the caller number itself.
 */
export async function campaignTerms(
  gateway: GatewayClient,
  campaignId: string,
): Promise<{ callerId: string | undefined; voice: string | undefined }> {
  const campaign = await gateway.ask('GET', `/v1/campaigns/${encodeURIComponent(campaignId)}`);
  if (campaign.status === 403) return { callerId: undefined, voice: undefined };
  const { voice, callerIds } = recordOf(campaign, 'The campaign cannot be read');
  const first: unknown = Array.isArray(callerIds) ? callerIds[0] : undefined;
  const known = { voice: typeof voice === 'string' ? voice : undefined };
  if (typeof first !== 'string') return { ...known, callerId: undefined };
  const answer = await gateway.ask('GET', `/v1/caller-ids/${encodeURIComponent(first)}`);
  const { number } = recordOf(answer, 'The caller number of the campaign cannot be read');
  return { ...known, callerId: typeof number === 'string' ? number : undefined };
}

function recordOf(answer: { status: number; body: unknown }, what: string): Record<string, unknown> {
  if (answer.status === 200 && isRecord(answer.body)) return answer.body;
  throw new CliError(EXIT.gateway, `${what}: ${describeProblem(answer)}`);
}

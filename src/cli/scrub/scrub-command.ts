import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ClientConfig } from '../../config/load-config';
import { CliError, EXIT } from '../cli-error';
import { GatewayClient } from '../gateway-client';
import { detectFormat, LIST_FORMATS, type ListFormat } from './list-reader';
import { campaignTerms, scrubList } from './scrub-list';
import { scrubProgress } from './scrub-progress';
import type { ScrubTally } from './scrub-tally';

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

interface ScrubOptions {
  campaign: string;
  callerId?: string;
  region?: string;
  at?: string;
  format?: ListFormat;
  charset: string;
  out?: string;
  time: 'apply' | 'ignore';
}

const HELP = `
FILE is a JSON array, CSV with a header that names a column "number", NDJSON of objects with "to" (or "number"), or
a text of one number a line. Columns or members called region, callerId, voice, customerId, timeZone and subdivision
say more of their row; all others only travel along. Every row comes back once, in order, with e164, outcome
(allow, defer, deny, or error for a row that could not be judged), reasons and notBefore: a table as CSV (reasons
joined by ";"), objects as NDJSON. Where FILE has columns of these names they are replaced. A scrub is a preview: it
reserves nothing and permits no call.`;

/** Adds `quietline scrub` to the program. */
export function addScrubCommand(program: Command, client: () => ClientConfig, signal: AbortSignal): void {
  program
    .command('scrub')
    .description('preview every row of a list against a running gateway')
    .argument('<file>', 'the list')
    .requiredOption('--campaign <id>', 'the campaign that would call')
    .option('--caller-id <number>', "the caller number as dialled (default: the campaign's first)")
    .option('--region <country>', 'the country of numbers in national format, as CN or US', countryCode)
    .option('--at <instant>', 'the instant to judge at, RFC 3339 with offset (default: now)', instant)
    .addOption(
      new Option('--format <format>', 'what FILE is (default: by its name or content)').choices(LIST_FORMATS),
    )
    .option('--charset <charset>', 'how FILE is encoded, as utf-8 or gb18030', 'utf-8')
    .option('--out <file>', 'where the rows go (default: standard output)')
    .addOption(
      new Option('--time <how>', 'whether hours and holidays count; "ignore" for lists of another day')
        .choices(['apply', 'ignore'])
        .default('apply'),
    )
    .addHelpText('after', HELP)
    .action((file: string, options: ScrubOptions) => runScrub(file, options, client(), signal));
}

async function runScrub(
  file: string,
  options: ScrubOptions,
  client: ClientConfig,
  signal: AbortSignal,
): Promise<void> {
  const { key } = client;
  if (key === undefined) {
    throw new CliError(
      EXIT.usage,
      'QUIETLINE_KEY is not set: it must hold the key of a client that may preview calls.',
    );
  }
  const format = options.format ?? (await detectFormat(file));
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new CliError(EXIT.usage, `The list ${file} cannot be read.`, { cause });
  });
  const gateway = new GatewayClient(client.url, key, signal);
  const campaign = await campaignTerms(gateway, options.campaign);
  const terms = {
    campaignId: options.campaign,
    callerId: options.callerId ?? campaign.callerId,
    voice: campaign.voice,
    region: options.region,
    at: options.at,
    time: options.time,
  };
  const started = performance.now();
  const progress = scrubProgress(size, process.stderr);
  const source = { path: file, format, charset: options.charset };
  let tally: ScrubTally;
  try {
    tally = await withOutput(options.out, (out) => scrubList({ source, terms, gateway, out, progress }));
  } finally {
    progress.stop();
  }
  process.stderr.write(`${tally.table(performance.now() - started)}\n`);
}

/** A named file appears whole or not at all: it is written beside its place and moved there at the end. */
async function withOutput<T>(path: string | undefined, work: (out: Writable) => Promise<T>): Promise<T> {
  if (path === undefined) return guarded(process.stdout, work);
  const partial = `${path}.part`;
  const out = createWriteStream(partial, { mode: 0o600 });
  try {
    const result = await guarded(out, work);
    out.end();
    await finished(out);
    await rename(partial, path);
    return result;
  } catch (error) {
    out.destroy();
    await rm(partial, { force: true });
    throw error;
  }
}

/** Ends the work as soon as the output breaks (a full disk, a closed pipe), and not at its next full buffer. */
async function guarded<T>(out: Writable, work: (out: Writable) => Promise<T>): Promise<T> {
  let fail: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    fail = (cause) =>
      reject(new CliError(EXIT.failed, `The output cannot be written: ${cause.message}`, { cause }));
    out.once('error', fail);
  });
  try {
    return await Promise.race([work(out), broken]);
  } finally {
    out.removeListener('error', fail);
  }
}

function countryCode(value: string): string {
  if (!/^[A-Za-z]{2}$/.test(value)) throw new InvalidArgumentError('It must be two letters, as CN.');
  return value.toUpperCase();
}

function instant(value: string): string {
  if (!RFC_3339.test(value) || Number.isNaN(Date.parse(value))) {
    throw new InvalidArgumentError('It must be RFC 3339 with an offset, as 2026-11-23T10:00:00+08:00.');
  }
  return value;
}

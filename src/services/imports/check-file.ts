import type { Database, Tx } from '../../platform/database/database';
import { type JobError, type JobRun, MAX_JOB_ERRORS, NO_COUNTS } from '../jobs/job';
import { type Chunk, type ImportKind, type ImportSpec, specOf } from './import';
import { CHECK_SHARE } from './import-ledger';
import type { ImportsRepository } from './imports.repository';
import { readChunks } from './read-chunks';
import type { Portion } from './reading/read-rows';

const CHECKED_AT_ONCE = 5_000;
const SAMPLES = 10;
const MOST_SAYINGS = 50;
const OTHERS = '…';

/** What the rows of a file are, beside what its source holds. */
export interface FileTally {
  [member: string]: number | number[] | Readonly<Record<string, number>> | undefined;
  read: number;
  rejected: number;
  /** Not held by the source yet, each once. */
  fresh: number;
  /** Held already, each once. */
  known: number;
  /** There a second time. */
  repeated: number;
  /** Lines of the first fresh ones. */
  sampleLines: number[];
  /** What its rows say (`ImportKind.saying`), and how many of them; the rest under `…` */
  sayings?: Readonly<Record<string, number>>;
}

export type Checked = FileTally & { held: number };

export interface CheckedUpTo {
  [member: string]: string | number | FileTally;
  phase: 'check';
  line: number;
  tally: FileTally;
}

const NOTHING: FileTally = { read: 0, rejected: 0, fresh: 0, known: 0, repeated: 0, sampleLines: [] };

/**
 * Reads a file to its end, judges every row, and, where it is to be compared with its source, remembers what it holds.
 * Changes nothing else. Undefined where the run stopped before the end.
 */
export async function checkFile<T>(
  run: JobRun,
  kind: ImportKind<T>,
  services: { database: Database; repository: ImportsRepository },
  portions: AsyncIterable<Portion>,
  checkpoint: CheckedUpTo | undefined,
): Promise<Checked | undefined> {
  const spec = specOf(run.job);
  let tally = checkpoint?.tally ?? NOTHING;
  let errors: readonly JobError[] = checkpoint === undefined ? [] : run.job.errors;
  const from = { line: checkpoint?.line ?? 0, size: CHECKED_AT_ONCE };
  for await (const chunk of readChunks(portions, kind.reader(run.job), from)) {
    if (run.stopping) return undefined;
    errors = [...errors, ...chunk.faults].slice(0, MAX_JOB_ERRORS);
    let next = tally;
    await run.step(async (tx) => {
      next = added(kind, tally, chunk, await compare(tx, run.job.id, spec, { kind, chunk, ...services }));
      return {
        checkpoint: { phase: 'check', line: chunk.lastLine, tally: next },
        counts: { ...NO_COUNTS, read: next.read, rejected: next.rejected },
        errors,
        progress: Math.min(CHECK_SHARE, (CHECK_SHARE * chunk.bytesRead) / Math.max(1, spec.bytes)),
      };
    });
    tally = next;
  }
  const { database, repository } = services;
  const held = await database.transaction((tx) => repository.countMembers(tx, spec.subject, spec.source));
  return { ...tally, held };
}

type Compared = Pick<FileTally, 'fresh' | 'known' | 'repeated' | 'sampleLines'>;

/** What is stored right away is compared when it is stored; nothing has to be remembered of it. */
async function compare<T>(
  tx: Tx,
  jobId: string,
  spec: ImportSpec,
  { kind, chunk, repository }: { kind: ImportKind<T>; chunk: Chunk<T>; repository: ImportsRepository },
): Promise<Compared> {
  const compared: Compared = { fresh: 0, known: 0, repeated: 0, sampleLines: [] };
  if (spec.mode !== 'full' && !spec.dryRun) return compared;
  const first = await repository.stage(
    tx,
    jobId,
    chunk.rows.map(({ fingerprint }) => fingerprint),
  );
  const held = await kind.known(tx, spec.source, chunk.rows);
  for (const [index, { fingerprint, line }] of chunk.rows.entries()) {
    if (!first.delete(fingerprint.toString('hex'))) compared.repeated += 1;
    else if (held[index] === true) compared.known += 1;
    else {
      compared.fresh += 1;
      if (compared.sampleLines.length < SAMPLES) compared.sampleLines.push(line);
    }
  }
  return compared;
}

function added<T>(kind: ImportKind<T>, tally: FileTally, chunk: Chunk<T>, compared: Compared): FileTally {
  return {
    ...(kind.saying === undefined ? {} : { sayings: said(kind.saying, tally.sayings ?? {}, chunk) }),
    read: tally.read + chunk.read,
    rejected: tally.rejected + chunk.faults.length,
    fresh: tally.fresh + compared.fresh,
    known: tally.known + compared.known,
    repeated: tally.repeated + compared.repeated,
    sampleLines: [...tally.sampleLines, ...compared.sampleLines].slice(0, SAMPLES),
  };
}

function said<T>(
  saying: (item: T) => string,
  before: Readonly<Record<string, number>>,
  chunk: Chunk<T>,
): Record<string, number> {
  const counts = new Map(Object.entries(before));
  for (const { item } of chunk.rows) {
    const own = saying(item);
    const name = counts.has(own) || counts.size < MOST_SAYINGS ? own : OTHERS;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

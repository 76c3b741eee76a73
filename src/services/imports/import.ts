import type { Tx } from '../../platform/database/database';
import type { Job, JobCounts, JobError, JobRun, Members } from '../jobs/job';
import type { Charset, Format } from './reading/read-rows';
import type { RowValues } from './reading/row-values';
import type { ResultReader } from './result-file';

export const IMPORT_SUBJECTS = ['suppressions', 'people', 'consents'] as const;
export type ImportSubject = (typeof IMPORT_SUBJECTS)[number];

export const MODES = ['full', 'delta'] as const;
export type Mode = (typeof MODES)[number];

/** What was asked for, as it stands with the job: in clear, so without any number. */
export interface ImportSpec {
  subject: ImportSubject;
  /** Whose list it is: the source of record of what it brings. */
  source: string;
  mode: Mode;
  dryRun: boolean;
  format: Format;
  charset: Charset;
  delimiter?: string;
  /** Of the mapping as it was when the file was sent. */
  mapping?: Record<string, string>;
  defaults?: Record<string, string>;
  /** In which country numbers without `+` were written. */
  region?: string;
  maxShrinkPercent: number;
  /** More rejected rows than this, and than in the last file, and nothing is released. */
  maxRejected?: number;
  expectRows?: number;
  bytes: number;
  sha256: string;
}

export const specOf = (job: Job): ImportSpec => job.spec as unknown as ImportSpec;

/** One source of one kind of import at a time, in the order of the uploads. */
export const laneOf = (subject: ImportSubject, source: string): string => `import/${subject}/${source}`;

/** A row that can be taken. */
export interface ReadRow<T> {
  line: number;
  item: T;
  /** The same for the same row of the same source, and made with a key: it tells nothing of the number. */
  fingerprint: Buffer;
}

export interface RowReader<T> {
  /** @throws RowFault, AppError INVALID for a row that cannot be taken */
  read(row: RowValues): Promise<ReadRow<T>>;
}

/** Some rows of the file, in order. */
export interface Chunk<T> {
  rows: ReadRow<T>[];
  faults: JobError[];
  /** All rows, also those that cannot be taken. */
  read: number;
  /** Where the last of them begins. */
  lastLine: number;
}

/** Done in the step that ends the job; returns what it adds to the result. */
export type Closing = (tx: Tx) => Promise<Members>;

/** What the three kinds of import differ in. */
export interface ImportKind<T> {
  readonly subject: ImportSubject;
  readonly columns: readonly string[];
  /** A second person decides before anything takes effect. */
  readonly needsApproval: boolean;
  /** What a row says, whomever it is about: for whoever has to answer for a whole file. Never a number or a name. */
  readonly saying?: (item: T) => string;
  /** What is looked up once for a whole file is kept in the reader. */
  reader(job: Job): RowReader<T>;
  /** Which of these rows the source holds already. */
  known(tx: Tx, source: string, rows: readonly ReadRow<T>[]): Promise<boolean[]>;
  /** Stores a chunk in one step or several; the last of them passes on to the next chunk. */
  store(run: JobRun, chunk: Chunk<T>, ledger: ImportLedgerPort): Promise<void>;
  /** What is left to do behind the last row; undefined where the run stopped before its end. */
  close?(run: JobRun, counts: JobCounts): Promise<Closing | undefined>;
  readonly results: ResultReader<T>;
}

/** What became of some rows. */
export interface Tally {
  accepted?: number;
  duplicate?: number;
  faults?: readonly JobError[];
  /** Only these lines of the chunk were stored; another step comes for the others. */
  onlyLines?: readonly number[];
}

/** Counts an import as it goes on. */
export interface ImportLedgerPort {
  /** Lines of the present chunk that an earlier step has stored. */
  readonly done: ReadonlySet<number>;
  /** Stores something of a chunk, and what came of it. */
  step<T>(run: JobRun, chunk: Chunk<T>, work: (tx: Tx) => Promise<Tally>): Promise<void>;
}

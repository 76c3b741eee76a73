import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import type { Job, JobError, JobRun } from '../../jobs/job';
import { type ConsentOutcome, type ConsentRow, ConsentRowsPort } from '../../people/bulk/rows.port';
import {
  type Chunk,
  type ImportKind,
  type ImportLedgerPort,
  type ReadRow,
  type RowReader,
  specOf,
} from '../import';
import { ImportsRepository } from '../imports.repository';
import { faultOf } from '../read-chunks';
import type { RowValues } from '../reading/row-values';
import type { Difference, ResultReader } from '../result-file';
import { freshOf, storeInSets, type Written } from './in-sets';
import { RowTools } from './row-tools';
import { bounded, fingerprint, readTarget, tagOf } from './suppression-rows';
import { maskedTarget } from './suppression-results';

/** As the members of `POST /v1/consents`; a table names their parts, and lists the attributes that are true. */
const EVIDENCE = ['textVersion', 'textSha256', 'source', 'url', 'ip', 'recordingSha256', 'language'] as const;
const ATTRIBUTES = ['express', 'written', 'signed', 'separate', 'bundledInTerms', 'uiDefaultOn'] as const;
const COLUMNS = [
  'number',
  'customerId',
  'region',
  'purposes',
  'channels',
  'scope',
  'scopeId',
  'attributes',
  'grantedAt',
  'expiresAt',
  'evidence',
  ...EVIDENCE,
  'leadChain',
  'reference',
] as const;

type Row = ReadRow<ConsentRow>;

/** Consents: nothing of them takes effect before another person has granted the whole file. */
@Injectable()
export class ConsentsImport implements ImportKind<ConsentRow> {
  readonly subject = 'consents';
  readonly columns = COLUMNS;
  readonly needsApproval = true;
  readonly saying = sayingOf;
  readonly results: ResultReader<ConsentRow>;

  constructor(
    private readonly consents: ConsentRowsPort,
    private readonly repository: ImportsRepository,
    private readonly tools: RowTools,
  ) {
    this.results = new ConsentResults(repository, tools);
  }

  reader(job: Job): RowReader<ConsentRow> {
    const { region } = specOf(job);
    return { read: (row) => Promise.resolve().then(() => this.read(row, region, job.actor)) };
  }

  async known(tx: Tx, source: string, rows: readonly ReadRow<ConsentRow>[]): Promise<boolean[]> {
    const members = await this.repository.members(
      tx,
      { subject: this.subject, source },
      rows.map(({ fingerprint: key }) => key),
    );
    return rows.map(({ fingerprint: key }) => members.has(key.toString('hex')));
  }

  async store(run: JobRun, chunk: Chunk<ConsentRow>, ledger: ImportLedgerPort): Promise<void> {
    const { source } = specOf(run.job);
    const { actor } = run.job;
    const fingerprints = chunk.rows.map(({ fingerprint: key }) => key);
    const members = await this.tools.database.transaction((tx) =>
      this.repository.members(tx, { subject: this.subject, source }, fingerprints),
    );
    const rows = freshOf(chunk.rows, members, ledger.done);
    const items = (left: readonly Row[]): ConsentRow[] => left.map(({ item }) => item);
    await storeInSets(run, chunk, ledger, {
      rows,
      duplicate: chunk.rows.length - rows.length - ledger.done.size,
      writeNew: async (tx, left) =>
        this.remember(tx, run.job, left, await this.consents.grantNew(tx, items(left), actor)),
      writeKnown: async (tx, left) =>
        this.remember(tx, run.job, left, await this.consents.grantKnown(tx, items(left), actor)),
      writeOne: async (tx, row) => {
        const id = await this.consents.grant(tx, row.item, actor);
        await this.remember(tx, run.job, [row], [{ id }]);
      },
    });
  }

  private async remember(
    tx: Tx,
    job: Job,
    rows: readonly Row[],
    outcomes: readonly ConsentOutcome[],
  ): Promise<Written> {
    const stored: { line: number; fingerprint: Buffer; wordId: string; shown: Buffer }[] = [];
    const faults: JobError[] = [];
    for (const [index, { line, item, fingerprint: key }] of rows.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if ('refusal' in outcome) faults.push({ line, ...faultOf(outcome.refusal) });
      else {
        const shown = this.tools.keyring.sealIdentifier(shownOf(item));
        stored.push({ line, fingerprint: key, wordId: outcome.id, shown });
      }
    }
    const { source } = specOf(job);
    await this.repository.addMembers(tx, { subject: this.subject, source, jobId: job.id }, stored);
    return { lines: stored.map(({ line }) => line), faults };
  }

  private read(row: RowValues, region: string | undefined, actor: Actor): ReadRow<ConsentRow> {
    const target = readTarget(row, region);
    const reference = bounded(row, 'reference', 256);
    const said = bodyOf(row);
    const body = this.consents.read({ ...target, ...said }, actor);
    const item = { body, target, reference: reference ?? '' };
    const tag = tagOf(target, this.tools.keyring);
    return { line: row.line, item, fingerprint: fingerprint(tag, [said, item.reference]) };
  }
}

/** What a body of the API would say; whether it means something is judged by its own schema. */
function bodyOf(row: RowValues): Record<string, unknown> {
  const kind = row.object('scope') ?? row.text('scope');
  const id = typeof kind === 'string' ? row.text('scopeId') : undefined;
  const attributes = row.object('attributes');
  const listed =
    attributes ?? Object.fromEntries((row.words('attributes', ATTRIBUTES) ?? []).map((name) => [name, true]));
  return defined({
    purposes: row.list('purposes'),
    channels: row.list('channels'),
    scope: typeof kind === 'string' ? defined({ kind, id }) : kind,
    attributes: listed,
    grantedAt: row.text('grantedAt'),
    expiresAt: row.text('expiresAt'),
    evidence:
      row.object('evidence') ??
      defined({
        ...Object.fromEntries(EVIDENCE.map((name) => [name, row.text(name)])),
        leadChain: row.list('leadChain'),
      }),
  });
}

function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Evidence and times differ from row to row; what a consent allows is what the second person grants. */
function sayingOf({ body }: ConsentRow): string {
  const { purposes, channels, scope, attributes = {} } = body;
  const given = Object.entries(attributes).flatMap(([name, is]) => (is === true ? [name] : []));
  const parts = [purposes.join('+'), channels.join('+'), scope?.kind ?? 'group', given.sort().join('+')];
  return parts.join(' / ');
}

const shownOf = ({ target, reference }: ConsentRow): string =>
  JSON.stringify([maskedTarget(target), reference]);

class ConsentResults implements ResultReader<ConsentRow> {
  constructor(
    private readonly repository: ImportsRepository,
    private readonly tools: RowTools,
  ) {}

  async differences(job: Job, rows: readonly ReadRow<ConsentRow>[]): Promise<(Difference | undefined)[]> {
    const { subject, source } = specOf(job);
    const keys = rows.map(({ fingerprint: key }) => key);
    const members = await this.tools.database.transaction((tx) =>
      this.repository.members(tx, { subject, source }, keys),
    );
    const told = new Set<string>();
    return keys.map((key) => {
      const hex = key.toString('hex');
      const member = members.get(hex);
      const isNew = !told.has(hex) && (member === undefined || member.jobId === job.id);
      told.add(hex);
      return isNew ? 'added' : undefined;
    });
  }

  named({ target, reference }: ConsentRow): { target: string; reference: string } {
    return { target: 'number' in target ? target.number : target.customerId, reference };
  }
}

import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import type { Job, JobRun } from '../../jobs/job';
import { type ConsentRow, PeopleRowsPort } from '../../people/bulk/rows.port';
import {
  type Chunk,
  type ImportKind,
  type ImportLedgerPort,
  type ReadRow,
  type RowReader,
  specOf,
} from '../import';
import { ImportsRepository } from '../imports.repository';
import type { RowValues } from '../reading/row-values';
import type { Difference, ResultReader } from '../result-file';
import { storeOneByOne } from './row-by-row';
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

/** Consents: nothing of them takes effect before another person has granted the whole file. */
@Injectable()
export class ConsentsImport implements ImportKind<ConsentRow> {
  readonly subject = 'consents';
  readonly columns = COLUMNS;
  readonly needsApproval = true;
  readonly results: ResultReader<ConsentRow>;

  constructor(
    private readonly people: PeopleRowsPort,
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
    const { id: jobId, actor } = run.job;
    const held = await this.tools.database.transaction((tx) => this.known(tx, source, chunk.rows));
    const seen = new Set(
      chunk.rows.flatMap(({ fingerprint: key }, index) =>
        held[index] === true ? [key.toString('hex')] : [],
      ),
    );
    await storeOneByOne(run, chunk, ledger, {
      isHeld: ({ fingerprint: key }) => {
        const isHeld = seen.has(key.toString('hex'));
        seen.add(key.toString('hex'));
        return Promise.resolve(isHeld);
      },
      write: async (tx, { item, fingerprint: key }) => {
        const wordId = await this.people.grant(tx, item, actor);
        const shown = this.tools.keyring.sealIdentifier(shownOf(item));
        await this.repository.addMembers(tx, { subject: this.subject, source, jobId }, [
          { fingerprint: key, wordId, shown },
        ]);
      },
    });
  }

  private read(row: RowValues, region: string | undefined, actor: Actor): ReadRow<ConsentRow> {
    const target = readTarget(row, region);
    const reference = bounded(row, 'reference', 256);
    const body = { ...target, ...bodyOf(row) };
    const item = { body: this.people.readConsent(body, actor), target, reference: reference ?? '' };
    const tag = tagOf(target, this.tools.keyring);
    return { line: row.line, item, fingerprint: fingerprint(tag, [bodyOf(row), item.reference]) };
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

import { createHash } from 'node:crypto';
import { invalidMember } from '../../../contracts/app-error';
import { CHANNELS, PURPOSES, WISH_DEFAULT_PURPOSES } from '../../../domain/decision/purpose';
import type { WishScope } from '../../../domain/decision/facts';
import type { E164 } from '../../../domain/phone/e164';
import { parseNumber } from '../../../domain/phone/parse-number';
import { type Instant, MINUTE } from '../../../domain/time/instant';
import type { Clock } from '../../../platform/clock/clock';
import type { Database } from '../../../platform/database/database';
import { instantOf } from '../../../platform/http/instants';
import type { Keyring } from '../../../platform/keys/keyring';
import type { NamedScopeKind, ScopeNamesReader } from '../../campaigns/scopes/scope-names.reader';
import type { Job } from '../../jobs/job';
import type { BulkTarget, BulkWish } from '../../people/bulk/bulk.port';
import { type ReadRow, type RowReader, specOf } from '../import';
import { RowFault, type RowValues } from '../reading/row-values';

/** SHAPES, "CSV"; `region` says in which country a number without `+` was written. */
export const SUPPRESSION_COLUMNS = [
  'number',
  'customerId',
  'region',
  'scope',
  'scopeId',
  'channels',
  'purposes',
  'reason',
  'recordedAt',
  'until',
  'reference',
] as const;

const SCOPES = ['group', 'entity', 'line', 'product', 'campaign'] as const;
const CLOCK_TOLERANCE = 5 * MINUTE;
const MAX_REASON = 2_000;
const MAX_REFERENCE = 256;
const MAX_CUSTOMER_ID = 128;
const FINGERPRINT_BYTES = 16;

export interface SuppressionRow {
  wish: BulkWish;
  reference: string;
  /** When the person said it, where the list tells. */
  saidAt?: Instant;
}

/** Reads rows of a do-not-disturb list. */
export class SuppressionRows implements RowReader<SuppressionRow> {
  private readonly scopes = new Map<string, WishScope>();

  constructor(
    private readonly job: Job,
    private readonly of: { keyring: Keyring; names: ScopeNamesReader; database: Database; clock: Clock },
  ) {}

  async read(row: RowValues): Promise<ReadRow<SuppressionRow>> {
    const { source, region } = specOf(this.job);
    const target = readTarget(row, region);
    const now = this.of.clock.now();
    const until = readTime(row, 'until');
    if (until !== undefined && until <= now) {
      throw new RowFault('PAST', 'until lies in the past: a wish that has ended binds nothing.');
    }
    const saidAt = readTime(row, 'recordedAt');
    if (saidAt !== undefined && saidAt > now + CLOCK_TOLERANCE) {
      throw new RowFault('FUTURE', 'recordedAt lies in the future.');
    }
    const reason = row.text('reason')?.slice(0, MAX_REASON) ?? `On the list of ${source}.`;
    const reference = bounded(row, 'reference', MAX_REFERENCE);
    const wish: BulkWish = {
      target,
      scope: await this.scopeOf(row),
      channels: row.words('channels', CHANNELS) ?? CHANNELS,
      purposes: row.words('purposes', PURPOSES) ?? WISH_DEFAULT_PURPOSES,
      ...(until === undefined ? {} : { until }),
      reason,
      evidence: {
        importSource: source,
        jobId: this.job.id,
        line: row.line,
        reference,
        recordedAt: row.text('recordedAt'),
      },
    };
    const item = { wish, reference: reference ?? '', ...(saidAt === undefined ? {} : { saidAt }) };
    return { line: row.line, item, fingerprint: fingerprintOf(tagOf(target, this.of.keyring), item) };
  }

  /** A name that nobody knows would bind nothing: whoever sends lists is told of it. */
  private async scopeOf(row: RowValues): Promise<WishScope> {
    const kind = row.word('scope', SCOPES) ?? 'group';
    const id = row.text('scopeId');
    if (kind === 'group') {
      if (id === undefined) return { kind };
      throw new RowFault('INVALID', 'scopeId: the whole group has no id.');
    }
    if (id === undefined) throw new RowFault('REQUIRED', `scopeId: name the ${kind}.`);
    const key = `${kind} ${id}`;
    const scope = this.scopes.get(key) ?? (await this.lookUp(kind, id));
    this.scopes.set(key, scope);
    return scope;
  }

  private async lookUp(kind: NamedScopeKind, id: string): Promise<WishScope> {
    const { database, names } = this.of;
    const spellings = await database.transaction((tx) => names.spellingsOf(tx, kind, id));
    const spelled = spellings.includes(id) ? id : spellings.length === 1 ? spellings[0] : undefined;
    if (spelled === undefined)
      throw new RowFault('UNKNOWN_SCOPE', `scopeId: no ${kind} of this name is known.`);
    return { kind, id: spelled };
  }
}

/** @throws RowFault, AppError INVALID unless exactly one of number and customerId is there and means something. */
export function readTarget(row: RowValues, region: string | undefined): BulkTarget {
  const number = row.text('number');
  const customerId = bounded(row, 'customerId', MAX_CUSTOMER_ID);
  if ((number === undefined) === (customerId === undefined)) {
    throw new RowFault('ONE_OF', 'Exactly one of number and customerId is needed.');
  }
  if (customerId !== undefined) return { customerId };
  return { number: readImportedNumber(number ?? '', row.text('region') ?? region) };
}

/** @throws AppError INVALID for what cannot be a person's telephone. */
export function readImportedNumber(text: string, region: string | undefined): E164 {
  const verdict = parseNumber(text, region);
  if (verdict.kind === 'valid') return verdict.e164;
  const code = verdict.kind === 'invalid' ? 'NUMBER_INVALID' : 'NUMBER_NOT_CALLABLE';
  throw invalidMember('/number', `This is not the number of a person's telephone: ${verdict.why}.`, code);
}

export function readTime(row: RowValues, name: string): Instant | undefined {
  const text = row.text(name);
  if (text === undefined) return undefined;
  const at = instantOf(text);
  if (at === undefined) throw new RowFault('FORMAT', `${name} must be a time with an offset (RFC 3339).`);
  return at;
}

export function bounded(row: RowValues, name: string, most: number): string | undefined {
  const text = row.text(name);
  if (text !== undefined && text.length > most)
    throw new RowFault('LENGTH', `${name} has at most ${most} characters.`);
  return text;
}

export function tagOf(target: BulkTarget, keyring: Keyring): Buffer {
  return 'number' in target ? keyring.tagOfNumber(target.number) : keyring.tagOfCustomer(target.customerId);
}

/**
 * What makes a row the same row: whom it is about, what it binds, and how the source refers to it. Another reason or
 * another time changes nothing that binds. The tag is a keyed hash, so nobody without the key can guess a number by it.
 */
function fingerprintOf(tag: Buffer, { wish, reference }: SuppressionRow): Buffer {
  const { scope, channels, purposes, until } = wish;
  const bound = [scope, [...channels].sort(), [...purposes].sort(), until ?? null, reference];
  return fingerprint(tag, bound);
}

export function fingerprint(tag: Buffer, rest: unknown): Buffer {
  const hash = createHash('sha256').update(tag).update(JSON.stringify(rest), 'utf8').digest();
  return hash.subarray(0, FINGERPRINT_BYTES);
}

import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';

/**
 * Who changes a named thing waits here for who changes it already, also while it is being made and has no row yet.
 * Held until the transaction ends. A transaction takes one such lock, and takes it first.
 */
export async function lockNamed(
  tx: Tx,
  kind: 'entity' | 'vendor' | 'caller_id' | 'campaign',
  id: string,
): Promise<void> {
  await tx.query({
    name: 'named-lock',
    text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`${kind}\n${id}`],
  });
}

export interface PageQuery {
  limit: number;
  cursor?: string;
}

/**
 * One more than the page, newest first, of rows that are called `row` and have `createdAt` and a text `id`. Both are
 * compared as one value, so that rows of the same millisecond are neither shown twice nor left out.
 */
export function readPage<Row extends ObjectLiteral>(
  rows: SelectQueryBuilder<Row>,
  page: PageQuery,
): Promise<Row[]> {
  const { at, id } = startOf(page, 'text');
  if (at !== null) rows.andWhere('(row.createdAt, row.id) < (:at, :id)', { at, id });
  return rows
    .orderBy('row.createdAt', 'DESC')
    .addOrderBy('row.id', 'DESC')
    .limit(page.limit + 1)
    .getMany();
}

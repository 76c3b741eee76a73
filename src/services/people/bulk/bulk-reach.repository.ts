import { Injectable } from '@nestjs/common';
import { bareArray, byteaArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import type { Reach } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import type { BulkTarget } from './bulk.port';
import { CLAIM_IS_OPEN } from './open-claims';

/** As `REACH` of subjects.sql.ts, of each of the subjects $1 by itself. */
const REACHES = `
WITH own AS (
  SELECT unnest($1::uuid[]) AS own
), person AS (
  SELECT o.own, c.person_id FROM own o
  JOIN numbers n ON n.subject_id = o.own JOIN people_numbers c ON c.number_id = n.id AND c.to_at IS NULL
  UNION
  SELECT o.own, p.person_id FROM own o JOIN people p ON p.person_id = o.own
)
SELECT own, own AS id FROM own
UNION
SELECT own, person_id FROM person
UNION
SELECT p.own, n.subject_id FROM person p
JOIN people_numbers c ON c.person_id = p.person_id AND ${CLAIM_IS_OPEN}
JOIN numbers n ON n.id = c.number_id`;

/** Whom many words are of, and which rows each of them binds. */
@Injectable()
export class BulkReachRepository {
  /** A target is asked for several times before its row is stored, and a tag is a keyed hash. */
  private readonly tags = new WeakMap<BulkTarget, Buffer>();

  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly keyring: Keyring,
  ) {}

  tagOf(target: BulkTarget): Buffer {
    const known = this.tags.get(target);
    if (known !== undefined) return known;
    const tag =
      'number' in target
        ? this.keyring.tagOfNumber(target.number)
        : this.keyring.tagOfCustomer(target.customerId);
    this.tags.set(target, tag);
    return tag;
  }

  /** The own subject of each target that is known, by the hex of its tag; without a lock. */
  async subjectsOf(tx: Tx, targets: readonly BulkTarget[]): Promise<Map<string, string>> {
    const numbers = targets.filter((target) => 'number' in target);
    const customers = targets.filter((target) => 'customerId' in target);
    const rows = await tx.query<{ tag: Buffer; id: string }>({
      name: 'bulk-targets',
      text: `
SELECT tag, subject_id AS id FROM numbers WHERE tag = ANY ($1::bytea[])
UNION ALL
SELECT customer_tag, person_id FROM people WHERE customer_tag = ANY ($2::bytea[])`,
      values: [
        byteaArray(numbers.map((target) => this.tagOf(target))),
        byteaArray(customers.map((target) => this.tagOf(target))),
      ],
    });
    return new Map(rows.map((row) => [row.tag.toString('hex'), row.id]));
  }

  /** Locks the rows that words of these targets bind. Undefined for a target that nobody knows. */
  lockTargets(tx: Tx, targets: readonly BulkTarget[]): Promise<(Reach | undefined)[]> {
    const keys = targets.map((target) => this.tagOf(target).toString('hex'));
    return this.lockReaches(tx, async () => {
      const found = await this.subjectsOf(tx, targets);
      return keys.map((key) => found.get(key));
    });
  }

  /** Locks the rows that words of these records bind. */
  lockRecords(tx: Tx, subjectIds: readonly string[]): Promise<(Reach | undefined)[]> {
    return this.lockReaches(tx, async () => {
      const roots = await this.subjects.rootsOf(tx, subjectIds);
      return subjectIds.map((id) => roots.get(id));
    });
  }

  /** Of rows that several words reach there is one object, so that each word sees what the one before has changed. */
  private async lockReaches(
    tx: Tx,
    resolve: () => Promise<(string | undefined)[]>,
  ): Promise<(Reach | undefined)[]> {
    const { found, rows } = await this.subjects.lockSettled(tx, async () => {
      const owns = await resolve();
      const reaches = await this.reachesOf(tx, [...new Set(owns.filter((id) => id !== undefined))]);
      return { owns, reaches, ids: [...new Set([...reaches.values()].flat())] };
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return found.owns.map((id) => {
      const own = id === undefined ? undefined : byId.get(id);
      if (id === undefined || own === undefined) return undefined;
      return { own, rows: (found.reaches.get(id) ?? []).sort().flatMap((near) => byId.get(near) ?? []) };
    });
  }

  private async reachesOf(tx: Tx, owns: readonly string[]): Promise<Map<string, string[]>> {
    const rows = await tx.query<{ own: string; id: string }>({
      name: 'bulk-reaches',
      text: REACHES,
      values: [bareArray(owns)],
    });
    const reaches = new Map<string, string[]>();
    for (const { own, id } of rows) {
      const reach = reaches.get(own);
      if (reach === undefined) reaches.set(own, [id]);
      else reach.push(id);
    }
    return reaches;
  }
}

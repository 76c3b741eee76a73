import { Injectable } from '@nestjs/common';
import { maskNumber } from '../../../domain/phone/mask-number';
import { BulkReleasesPort, type BulkTarget } from '../../people/bulk/bulk.port';
import type { Job } from '../../jobs/job';
import { type ReadRow, specOf } from '../import';
import { ImportsRepository } from '../imports.repository';
import type { Difference, ResultReader } from '../result-file';
import { RowTools } from './row-tools';
import type { SuppressionRow } from './suppression-rows';

const COMPARED_AT_ONCE = 20_000;

/** What a do-not-disturb list and we differ in. */
@Injectable()
export class SuppressionResults implements ResultReader<SuppressionRow> {
  constructor(
    private readonly repository: ImportsRepository,
    private readonly releases: BulkReleasesPort,
    private readonly tools: RowTools,
  ) {}

  /** A wish that the list still holds and that was released here is for the list's owner to know: it was not revived. */
  async differences(job: Job, rows: readonly ReadRow<SuppressionRow>[]): Promise<(Difference | undefined)[]> {
    const { subject, source } = specOf(job);
    return this.tools.database.transaction(async (tx) => {
      const fingerprints = rows.map(({ fingerprint }) => fingerprint);
      const members = await this.repository.members(tx, { subject, source }, fingerprints);
      const released = await this.releases.released(
        tx,
        [...members.values()].map(({ wordId }) => wordId),
      );
      const told = new Set<string>();
      return rows.map(({ fingerprint }) => {
        const key = fingerprint.toString('hex');
        const member = members.get(key);
        if (told.has(key)) return undefined;
        told.add(key);
        if (member === undefined || member.jobId === job.id) return 'added';
        return released.has(member.wordId) ? 'released' : undefined;
      });
    });
  }

  named({ wish: { target }, reference }: SuppressionRow): { target: string; reference: string } {
    return { target: 'number' in target ? target.number : target.customerId, reference };
  }

  async *missing(job: Job): AsyncGenerator<{ target: string; reference: string; id: string }, void, void> {
    const { subject, source } = specOf(job);
    let after: Buffer = Buffer.alloc(0);
    for (;;) {
      const of = { subject, source, jobId: job.id };
      const page = await this.tools.database.transaction((tx) =>
        this.repository.comparedMembers(tx, of, after, COMPARED_AT_ONCE),
      );
      for (const { isThere, shown, wordId: id } of page) {
        if (!isThere) yield { ...readShown(this.tools.keyring.openIdentifier(shown)), id };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < COMPARED_AT_ONCE) return;
      after = last.fingerprint;
    }
  }
}

/** How the source had named a row, its number masked; kept sealed, to be told to the source when it is missing. */
export const shownOf = ({ wish, reference }: SuppressionRow): string =>
  JSON.stringify([maskedTarget(wish.target), reference]);

export const maskedTarget = (target: BulkTarget): string =>
  'number' in target ? maskNumber(target.number) : target.customerId;

function readShown(text: string): { target: string; reference: string } {
  const [target = '', reference = ''] = JSON.parse(text) as string[];
  return { target, reference };
}

import { Injectable } from '@nestjs/common';
import { AppError } from '../../contracts/app-error';
import type { Tx } from '../../platform/database/database';
import type { SearchTarget } from '../people/person-finder';
import { SubjectsPort } from '../people/subjects.port';

/** Whose page is meant. Looking makes nobody known. */
@Injectable()
export class MyTargets {
  constructor(private readonly subjects: SubjectsPort) {}

  /** @throws AppError NOT_FOUND */
  async idOf(tx: Tx, target: SearchTarget): Promise<string> {
    const id = await this.find(tx, target);
    if (id === undefined) throw new AppError('NOT_FOUND', { detail: 'Nobody is known by that.' });
    return id;
  }

  private find(tx: Tx, target: SearchTarget): Promise<string | undefined> {
    if ('number' in target) return this.subjects.resolveByNumber(tx, target.number);
    if ('customerId' in target) return this.subjects.resolveByCustomer(tx, target.customerId);
    return Promise.resolve(target.personId);
  }
}

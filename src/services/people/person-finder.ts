import { Injectable } from '@nestjs/common';
import { Type } from '@sinclair/typebox';
import { AppError } from '../../contracts/app-error';
import type { E164 } from '../../domain/phone/e164';
import type { Tx } from '../../platform/database/database';
import { Uuid } from '../../platform/http/schemas';
import type { LockedSubject } from './subjects.port';
import { SubjectsRepository } from './subjects.repository';
import { readNumber, type TargetBody, targetMembers } from './word-target';

/** Whom to look for. A personId also names a household, a number nobody claims, and whatever was merged away. */
export type SearchTarget = { number: E164 } | { customerId: string } | { personId: string };

export const searchMembers = { ...targetMembers, personId: Type.Optional(Uuid) };

/** @throws AppError INVALID unless exactly one of `number`, `personId` and `customerId` is there. */
export function readSearchTarget(body: TargetBody & { personId?: string }): SearchTarget {
  const { number, region, customerId, personId } = body;
  const given = [number, customerId, personId].filter((member) => member !== undefined);
  if (given.length !== 1) {
    throw new AppError('INVALID', {
      detail: 'Name a number, a personId or a customerId.',
      errors: [
        { pointer: '', code: 'ONE_OF', detail: 'Exactly one of number, personId and customerId is needed.' },
      ],
    });
  }
  if (number !== undefined) return { number: readNumber(number, region, '/number') };
  return customerId === undefined ? { personId: personId ?? '' } : { customerId };
}

/** Finds people to read about. Looking makes nobody known. */
@Injectable()
export class PersonFinder {
  constructor(private readonly subjects: SubjectsRepository) {}

  /** The row under lock, because whoever reads it adds to its record; undefined for nobody known. */
  async find(tx: Tx, target: SearchTarget): Promise<LockedSubject | undefined> {
    const id = await this.idOf(tx, target);
    return id === undefined ? undefined : (await this.subjects.lock(tx, [id]))[0];
  }

  /** @throws AppError NOT_FOUND */
  async get(tx: Tx, target: SearchTarget): Promise<LockedSubject> {
    const found = await this.find(tx, target);
    if (found === undefined) throw new AppError('NOT_FOUND', { detail: 'Nobody is known by that.' });
    return found;
  }

  /** Every record whose words stand on this row: its own, its people's, and their households'. */
  recordsOn(tx: Tx, own: LockedSubject): Promise<string[]> {
    return this.subjects.reachOf(tx, [own.id]);
  }

  private idOf(tx: Tx, target: SearchTarget): Promise<string | undefined> {
    if ('number' in target) return this.subjects.resolveByNumber(tx, target.number);
    if ('customerId' in target) return this.subjects.resolveByCustomer(tx, target.customerId);
    return Promise.resolve(target.personId);
  }
}

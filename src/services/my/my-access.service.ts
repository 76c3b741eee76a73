import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { DAY, type Instant, MINUTE } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { uuidOfName } from '../../platform/ids/uuid-of-name';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { PersonRecord } from '../people/person-record';
import { recordedActor } from '../people/recorded-actor';
import { type LockedSubject, SubjectsPort } from '../people/subjects.port';
import { MyAccessRepository } from './my-access.repository';
import type { MyLanguage } from './my-texts';

const LINK_LIFE = DAY;
/** SHAPES, "/my": opening holds for 15 minutes. */
export const SESSION_LIFE = 15 * MINUTE;
/** Far more than anybody looks in a quarter of an hour; each look is a lock and an entry in the record. */
export const VIEWS_A_SESSION = 60;
/** The button is still there for whoever has looked that often. */
export const USES_A_SESSION = 2 * VIEWS_A_SESSION;
const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** The customer on the own page: known by the link alone, so no client and no role. */
export const CUSTOMER: Actor = {
  clientId: uuidOfName('quietline', 'my', 'customer'),
  name: 'The customer, on the own page',
  kind: 'person',
  roles: [],
};

/** What cannot be a secret of ours is told from one without looking anything up. */
export const isSecret = (text: string): boolean => SECRET.test(text);

export interface MyLink {
  id: string;
  secret: string;
  madeAt: Instant;
  expiresAt: Instant;
}

/** Who may see a person's own page: whoever opened a one-time link first, for a quarter of an hour. */
@Injectable()
export class MyAccessService {
  constructor(
    private readonly database: Database,
    private readonly access: MyAccessRepository,
    private readonly subjects: SubjectsPort,
    private readonly records: PersonRecord,
    private readonly time: DatabaseTime,
  ) {}

  /**
   * Links of the same person that nobody has opened are void from now on: whoever asked again may have lost the first.
   * @throws AppError NOT_FOUND; INVALID for a number that several people share, because a page would show each of
   * them the calls of the others.
   */
  async makeLink(tx: Tx, personId: string, language: MyLanguage, actor: Actor): Promise<MyLink> {
    const own = await this.lockOwn(tx, personId);
    const at = this.time.at(own.lockedAt);
    const link = { id: uuidV7(at), secret: newSecret(), madeAt: at, expiresAt: at + LINK_LIFE };
    const voided = await this.access.voidUnopened(tx, own.id, at);
    await this.access.insertLink(tx, {
      id: link.id,
      secretHash: hashOf(link.secret),
      subjectId: own.id,
      language,
      at,
      expiresAt: link.expiresAt,
    });
    await this.records.record(tx, own, {
      type: 'my.link_made.v1',
      at,
      clear: { linkId: link.id, clientId: actor.clientId },
      payload: { linkId: link.id, voidedLinks: voided, actor: recordedActor(actor) },
    });
    return link;
  }

  /** What a link would open. Looking consumes nothing: previews of messages look at every link. */
  async peek(secret: string): Promise<{ language: string } | undefined> {
    if (!isSecret(secret)) return undefined;
    const link = await this.database.transaction((tx) => this.access.findLink(tx, hashOf(secret)));
    if (link === undefined || link.openedAt !== null || this.time.at(link.readAt) >= link.expiresAt) {
      return undefined;
    }
    return { language: link.language };
  }

  /** The secret of a session; undefined for a link that is unknown, lapsed or was opened before. */
  async open(secret: string): Promise<string | undefined> {
    if (!isSecret(secret)) return undefined;
    return this.database.transaction(async (tx) => {
      const link = await this.access.findLink(tx, hashOf(secret));
      if (link === undefined) return undefined;
      const own = await this.lockOwn(tx, link.subjectId);
      const at = this.time.at(own.lockedAt);
      // A number that somebody has claimed since is on that customer's row: the link was made for another's page.
      if (own.id !== link.subjectId) return undefined;
      if (at >= link.expiresAt || !(await this.access.markOpened(tx, link.id, at))) return undefined;
      const session = newSecret();
      await this.access.insertSession(tx, {
        secretHash: hashOf(session),
        linkId: link.id,
        subjectId: own.id,
        language: link.language,
        expiresAt: at + SESSION_LIFE,
      });
      await this.records.record(tx, own, {
        type: 'my.opened.v1',
        at,
        clear: { linkId: link.id },
        payload: { linkId: link.id },
      });
      return session;
    });
  }

  /**
   * Whose page a session shows; undefined once it has ended. Counts the use.
   * @throws AppError RATE_LIMITED for one that was used more than `most` times
   */
  async session(
    tx: Tx,
    secret: string,
    most: number,
  ): Promise<{ subjectId: string; language: string } | undefined> {
    if (!isSecret(secret)) return undefined;
    const session = await this.access.useSession(tx, hashOf(secret));
    if (session === undefined || session.isMerged) return undefined;
    if (this.time.at(session.readAt) >= session.expiresAt) return undefined;
    if (session.uses > most)
      throw new AppError('RATE_LIMITED', { detail: 'This page was opened too often.' });
    return { subjectId: session.subjectId, language: session.language };
  }

  /** @throws AppError NOT_FOUND, INVALID */
  async lockOwn(tx: Tx, subjectId: string): Promise<LockedSubject> {
    const [own] = await this.subjects.lock(tx, [subjectId]);
    if (own === undefined) throw new AppError('NOT_FOUND', { detail: 'Nobody is known by that.' });
    if (own.kind === 'household') {
      throw new AppError('INVALID', {
        detail: 'Several people share this number: it has no page of its own.',
      });
    }
    return own;
  }
}

const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

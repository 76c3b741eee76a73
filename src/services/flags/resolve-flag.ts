import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import type { Tx } from '../../platform/database/database';
import { requirePerson } from '../approvals/two-persons';
import { readEvidence } from '../people/shapes';
import { SubjectsPort } from '../people/subjects.port';
import { ReleasesPort } from '../people/wishes/releases.port';
import type { FlagAnswer, ResolveBody } from './flags.dto';
import { FlagsRepository, type StoredFlag } from './flags.repository';
import { RaiseFlags } from './raise-flags';
import { flagAnswer } from './read-flags';

/**
 * A person has looked. That alone lifts nothing: what was suppressed goes on binding until another person releases it
 * (promise 5), which may be asked for here in the same breath.
 */
@Injectable()
export class ResolveFlag {
  constructor(
    private readonly flags: FlagsRepository,
    private readonly raised: RaiseFlags,
    private readonly subjects: SubjectsPort,
    private readonly releases: ReleasesPort,
  ) {}

  /** @throws AppError PERSON_REQUIRED, NOT_FOUND, INVALID; CONFLICT where it is resolved already. */
  async resolve(tx: Tx, id: string, body: ResolveBody, actor: Actor): Promise<FlagAnswer> {
    requirePerson(actor);
    const flag = await this.find(tx, id);
    const words = wordsOf(flag, body);
    // The first lock, and of all rows that a release will need: whoever else resolves it waits here.
    if (flag.subjectId !== null) await this.subjects.lockReach(tx, { subjectId: flag.subjectId });
    else await this.flags.lockCause(tx, flag.causeEventId);
    const asked =
      words === undefined
        ? undefined
        : await this.releases.ask(tx, words.suppressionId, words.release, actor);
    await this.raised.settle(tx, id, {
      resolution: body.resolution,
      note: body.note,
      actor,
      ...(asked === undefined ? {} : { approvalId: asked.approvalId }),
    });
    return flagAnswer(await this.find(tx, id));
  }

  private async find(tx: Tx, id: string): Promise<StoredFlag> {
    const flag = await this.flags.find(tx, id);
    if (flag === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such flag.' });
    return flag;
  }
}

function wordsOf({ suppressionId }: StoredFlag, { release, reason, evidence }: ResolveBody) {
  if (release !== true) {
    const stray = reason !== undefined ? '/reason' : evidence !== undefined ? '/evidence' : undefined;
    if (stray === undefined) return undefined;
    throw invalidMember(stray, 'Belongs to a release: send release with it.');
  }
  if (suppressionId === null) {
    throw invalidMember('/release', 'This flag suppressed nothing that could be released.', 'NOTHING_HELD');
  }
  if (reason === undefined) throw invalidMember('/reason', 'A release needs its reason.', 'REQUIRED');
  if (evidence === undefined) throw invalidMember('/evidence', 'A release needs its evidence.', 'REQUIRED');
  return { suppressionId, release: { reason, evidence: readEvidence(evidence) } };
}

import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import type { PendingApproval } from '../../../platform/http/schemas';
import type { ReleaseWords } from '../release-requests';

/** The one way by which a wish is lifted that is not the person's own: one asks, another person grants. */
export abstract class ReleasesPort {
  /** @throws AppError NOT_FOUND; CONFLICT where there is nothing left to release, or a release is waiting already. */
  abstract ask(tx: Tx, suppressionId: string, words: ReleaseWords, actor: Actor): Promise<PendingApproval>;
}

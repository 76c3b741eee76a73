import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';
import { FlagsPort } from '../../flags/flags.port';
import type { RecordedWish, WishInput } from '../subjects.port';
import { RecordWish } from '../wishes/record-wish';
import { flagOf } from '../wishes/wish-body';
import { WishScopes } from '../wishes/wish-scopes';

/** A wish as somebody passed it on: its scope as it is known here, and the work that it makes. */
@Injectable()
export class TakeWish {
  constructor(
    private readonly recorder: RecordWish,
    private readonly scopes: WishScopes,
    private readonly flags: FlagsPort,
  ) {}

  async take(tx: Tx, input: WishInput): Promise<RecordedWish> {
    const wish = await this.scopes.settle(tx, input);
    const recorded = await this.recorder.recordWish(tx, wish);
    await this.flag(tx, wish, recorded);
    return recorded;
  }

  /** Somebody has to look, whoever heard it: until then it is suppressed and nothing more. */
  private async flag(tx: Tx, wish: WishInput, recorded: RecordedWish): Promise<void> {
    const { source, reason, evidence, actor } = wish;
    const kind = flagOf(source);
    if (kind === undefined) return;
    await this.flags.raise(tx, {
      kind,
      subjectId: recorded.subjectId,
      ...(actor.vendorId === undefined ? {} : { vendorId: actor.vendorId }),
      causeEventId: recorded.eventId,
      suppressionId: recorded.id,
      detail: { channel: 'reported', reason, evidence },
      actor,
    });
  }
}

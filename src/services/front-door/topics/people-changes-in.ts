import { Injectable } from '@nestjs/common';
import { invalidMember } from '../../../contracts/app-error';
import { inboundType } from '../../../contracts/inbound-topics';
import type { ForeignEvent } from '../../../platform/bus/cloud-event-message';
import { Database } from '../../../platform/database/database';
import { type PeopleChange, PeopleChangesPort } from '../../people/changes/people-changes.port';
import type { Effect, EffectSource } from '../effect';
import { INSTITUTION } from './institution';

/**
 * Who has which numbers, and what is agreed to, depends on what was said before. Everything else only narrows, and adds
 * up in any order.
 */
const WAITING: ReadonlySet<PeopleChange> = new Set(['person.put.v1', 'consent.grant.v1']);

/** People, their words and consents, as the institution's own systems know them. */
@Injectable()
export class PeopleChangesIn implements EffectSource {
  readonly name = 'people-changes';
  readonly topic = 'people.changes.in.v1';
  readonly ordered = true;

  constructor(
    private readonly changes: PeopleChangesPort,
    private readonly database: Database,
  ) {}

  read(event: ForeignEvent): Effect {
    const type = inboundType(this.topic, event.type);
    if (type === undefined) throw invalidMember('/type', 'This topic is not read for that type.', 'TYPE');
    const change = this.changes.read(type, event.data, INSTITUTION);
    return {
      waits: WAITING.has(type),
      run: (frame) =>
        this.database.transaction(async (tx) => {
          if (await frame.enter(tx)) await change(tx);
        }),
    };
  }
}

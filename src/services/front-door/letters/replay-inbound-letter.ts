import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { LOG, type Log } from '../../../platform/observability/logger';
import { Arrivals } from '../arrivals';
import { effectOf, reasonOf } from '../effect-reader';
import { EffectSources } from '../topics/effect-sources';
import { willPass } from '../passing';
import type { OpenedLetter } from './inbound-letter';
import { InboundLetters } from './inbound-letters.repository';
import { LetterEvents } from './letter-events';

/** What a replay came to: letters that have had their effect, in order, and the one that failed again. */
export interface LetterReplay {
  handled: string[];
  failed?: { id: string; reason: string };
}

interface Line {
  reader: string;
  keyPrint: Buffer;
}

/**
 * The way back for what could not be handled: the record is taken again, and after it those parked behind it, in order,
 * until one fails. Each in a transaction of its own, with its letter's end.
 */
@Injectable()
export class ReplayInboundLetter {
  constructor(
    private readonly database: Database,
    private readonly letters: InboundLetters,
    private readonly events: LetterEvents,
    private readonly sources: EffectSources,
    private readonly arrivals: Arrivals,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** @throws AppError NOT_FOUND; CONFLICT for one that is settled, or that waits for another. */
  async replay(actor: Actor, id: string): Promise<LetterReplay> {
    const letter = await this.waiting(id);
    return this.replayLine(actor, letter);
  }

  /** It is never taken again; those that waited for it are. @throws AppError NOT_FOUND; CONFLICT */
  async discard(actor: Actor, id: string, why: string): Promise<LetterReplay> {
    const letter = await this.waiting(id);
    await this.database.transaction(async (tx) => {
      const head = await this.letters.lockHead(tx, letter.reader, letter.keyPrint);
      if (head?.id !== id) throw settled();
      await this.letters.settle(tx, letter.reader, head, { state: 'discarded', clientId: actor.clientId });
      const at = this.clock.now();
      await this.events.settled(tx, 'inbound.letter_discarded.v1', { id, at, actor, why });
    });
    return this.replayLine(actor, letter);
  }

  /** @throws AppError NOT_FOUND; CONFLICT for one that is settled, or that waits for another. */
  private async waiting(id: string): Promise<Line> {
    const letter = await this.database.transaction((tx) => this.letters.find(tx, id));
    if (letter === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such letter.' });
    if (letter.state !== 'waiting') throw settled();
    if (letter.head !== id) {
      throw new AppError('CONFLICT', {
        detail: 'It waits for an earlier letter of its key, which has to be replayed or discarded first.',
        members: { head: letter.head },
      });
    }
    return letter;
  }

  private async replayLine(actor: Actor, line: Line): Promise<LetterReplay> {
    await this.sources.settings.fresh();
    const handled: string[] = [];
    for (;;) {
      const head: { letter?: OpenedLetter } = {};
      try {
        const opened = await this.database.transaction((tx) =>
          this.letters.lockHead(tx, line.reader, line.keyPrint),
        );
        if (opened === undefined) return { handled };
        head.letter = opened;
        if (await this.takeAgain(actor, line, opened)) handled.push(opened.id);
      } catch (error) {
        if (head.letter === undefined || willPass(error)) throw error;
        const { id } = head.letter;
        const reason = reasonOf(error);
        await this.letters.failedAgain(id, reason);
        this.log.error({ letterId: id, reason, err: error }, 'An inbound letter failed again.');
        return { handled, failed: { id, reason } };
      }
    }
  }

  /** False where somebody else settled it meanwhile. */
  private async takeAgain(actor: Actor, line: Line, letter: OpenedLetter): Promise<boolean> {
    const source = this.sources.named(line.reader);
    const effect = effectOf(source, this.arrivals.of(letter.record));
    let mine = false;
    await effect.run({
      enter: async (tx) => {
        const head = await this.letters.lockHead(tx, line.reader, line.keyPrint);
        if (head?.id !== letter.id) return false;
        mine = true;
        return this.settle(tx, actor, line.reader, head);
      },
    });
    return mine;
  }

  private async settle(tx: Tx, actor: Actor, reader: string, letter: OpenedLetter): Promise<boolean> {
    const { clientId } = actor;
    const entered = await this.letters.settle(tx, reader, letter, { state: 'replayed', clientId });
    const at = this.clock.now();
    await this.events.settled(tx, 'inbound.letter_replayed.v1', { id: letter.id, at, actor });
    return entered;
  }
}

const settled = (): AppError =>
  new AppError('CONFLICT', { detail: 'This letter has been replayed or discarded.' });

import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import { writeInstant } from '../../../platform/http/instants';
import type { InboundLetter } from './inbound-letter';
import type { LetterAnswer, LetterQuery } from './inbound-letters.dto';
import { InboundLetters } from './inbound-letters.repository';

/** Letters as an operator sees them: codes and places, and nothing of what they say. */
@Injectable()
export class ReadInboundLetters {
  constructor(
    private readonly database: Database,
    private readonly letters: InboundLetters,
  ) {}

  async list(query: LetterQuery): Promise<Page<LetterAnswer>> {
    const rows = await this.database.transaction((tx) => this.letters.list(tx, query));
    return pageOf(rows, query.limit, ({ recordedAt: at, id }) => ({ at, id }), letterAnswer);
  }
}

function letterAnswer(letter: InboundLetter): LetterAnswer {
  const { id, topic, partition, recordOffset: offset, state, reason, attempts } = letter;
  return {
    id,
    topic,
    partition,
    offset,
    state,
    ...(letter.parkedBehind === null ? {} : { parkedBehind: letter.parkedBehind }),
    reason,
    attempts,
    recordedAt: writeInstant(letter.recordedAt),
    ...(letter.settledAt === null ? {} : { settledAt: writeInstant(letter.settledAt) }),
    ...(letter.settledBy === null ? {} : { settledBy: letter.settledBy }),
  };
}

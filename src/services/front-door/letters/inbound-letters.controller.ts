import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { Actor } from '../../../contracts/actor';
import { CurrentActor } from '../../../platform/auth/current-actor';
import { Database } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import { writeInstant } from '../../../platform/http/instants';
import { UuidParams } from '../../../platform/http/schemas';
import { DiscardBody, LetterAnswer, LetterList, LetterQuery, ReplayAnswer } from './inbound-letters.dto';
import type { InboundLetter } from './inbound-letter';
import { InboundLetters } from './inbound-letters.repository';
import { type LetterReplay, ReplayInboundLetter } from './replay-inbound-letter';

/** Records of the inbound topics that could not be handled. */
@Controller('v1/inbound-letters')
export class InboundLettersController {
  constructor(
    private readonly database: Database,
    private readonly letters: InboundLetters,
    private readonly replays: ReplayInboundLetter,
  ) {}

  @Get()
  @RouteSchema({ querystring: LetterQuery, response: { 200: LetterList } })
  async list(@Query() query: LetterQuery): Promise<Page<LetterAnswer>> {
    const rows = await this.database.transaction((tx) => this.letters.list(tx, query));
    return pageOf(rows, query.limit, ({ recordedAt: at, id }) => ({ at, id }), letterAnswer);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @RouteSchema({ params: UuidParams, response: { 200: ReplayAnswer } })
  replay(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<LetterReplay> {
    return this.replays.replay(actor, id);
  }

  @Post(':id/discard')
  @HttpCode(200)
  @RouteSchema({ params: UuidParams, body: DiscardBody, response: { 200: ReplayAnswer } })
  discard(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: DiscardBody,
  ): Promise<LetterReplay> {
    return this.replays.discard(actor, id, body.reason);
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

import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { Actor } from '../../../contracts/actor';
import { CurrentActor } from '../../../platform/auth/current-actor';
import type { Page } from '../../../platform/http/cursor';
import { UuidParams } from '../../../platform/http/schemas';
import { DiscardBody, LetterAnswer, LetterList, LetterQuery, ReplayAnswer } from './inbound-letters.dto';
import { ReadInboundLetters } from './read-inbound-letters';
import { type LetterReplay, ReplayInboundLetter } from './replay-inbound-letter';

/** Records of the inbound topics that could not be handled. */
@Controller('v1/inbound-letters')
export class InboundLettersController {
  constructor(
    private readonly reader: ReadInboundLetters,
    private readonly replays: ReplayInboundLetter,
  ) {}

  @Get()
  @RouteSchema({ querystring: LetterQuery, response: { 200: LetterList } })
  list(@Query() query: LetterQuery): Promise<Page<LetterAnswer>> {
    return this.reader.list(query);
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

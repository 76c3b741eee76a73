import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/auth/current-actor';
import { BusStatus } from '../../platform/bus/operation/bus-status';
import { Letters } from '../../platform/bus/operation/letters';
import { type Page, pageOf } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import {
  type BusAnswer,
  busAnswer,
  BusAnswer as BusSchema,
  type LetterAnswer,
  letterAnswer,
  LetterList,
  LetterParams,
  LettersQuery,
  ReplayAnswer,
  replayAnswer,
} from './bus.dto';

/** How long an answer waits for what came of a replay. */
const WAIT_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/** The way of events, for those who run the gateway. */
@Controller('v1/bus')
export class BusController {
  constructor(
    private readonly status: BusStatus,
    private readonly letters: Letters,
    private readonly idempotency: Idempotency,
  ) {}

  @Get()
  @RouteSchema({ response: { 200: BusSchema } })
  async read(): Promise<BusAnswer> {
    return busAnswer(await this.status.view());
  }

  @Get('letters')
  @RouteSchema({ querystring: LettersQuery, response: { 200: LetterList } })
  async list(@Query() query: LettersQuery): Promise<Page<LetterAnswer>> {
    const letters = await this.letters.list(query);
    return pageOf(letters, query.limit, ({ at, seq }) => ({ at, id: seq }), letterAnswer);
  }

  /** 200 with what came of it, or 202 where the process that has the consumer is not there or is busy. */
  @Post('letters/:consumer/:eventId/replay')
  @RouteSchema({ params: LetterParams, response: { 200: ReplayAnswer, 202: ReplayAnswer } })
  async replay(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { consumer, eventId }: LetterParams,
  ): Promise<ReplayAnswer> {
    const { replayId } = await this.idempotency.run(request, reply, async (tx) => ({
      status: 202,
      body: { replayId: await this.letters.ask(tx, consumer, eventId, actorOf(request)) },
    }));
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const known = await this.letters.find(replayId);
      if (known === undefined) throw new Error('A replay that was asked for is gone.');
      if (known.outcome !== null) void reply.code(200);
      if (known.outcome !== null || performance.now() > deadline) return replayAnswer(known);
      await delay(LOOK_AGAIN_MS);
    }
  }
}

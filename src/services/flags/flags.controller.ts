import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/auth/current-actor';
import type { Page } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import { UuidParams } from '../../platform/http/schemas';
import { unmaskReasonOf } from '../../platform/http/unmask';
import { FlagAnswer, FlagDetail, FlagList, FlagQuery, ResolveBody } from './flags.dto';
import { ReadFlags } from './read-flags';
import { ResolveFlag } from './resolve-flag';

/** What a person with `compliance` has to look at. */
@Controller('v1/flags')
export class FlagsController {
  constructor(
    private readonly reader: ReadFlags,
    private readonly resolver: ResolveFlag,
    private readonly idempotency: Idempotency,
  ) {}

  @Get()
  @RouteSchema({ querystring: FlagQuery, response: { 200: FlagList } })
  list(@Query() query: FlagQuery): Promise<Page<FlagAnswer>> {
    return this.reader.list(query);
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: FlagDetail } })
  read(@Req() request: FastifyRequest, @Param('id') id: string): Promise<FlagDetail> {
    return this.reader.read(id, { actor: actorOf(request), unmaskReason: unmaskReasonOf(request) });
  }

  @Post(':id/resolve')
  @RouteSchema({ params: UuidParams, body: ResolveBody, response: { 200: FlagAnswer, 202: FlagAnswer } })
  resolve(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: ResolveBody,
  ): Promise<FlagAnswer> {
    return this.idempotency.run(request, reply, async (tx) => ({
      status: body.release === true ? 202 : 200,
      body: await this.resolver.resolve(tx, id, body, actorOf(request)),
    }));
  }
}

import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { Actor } from '../../contracts/actor';
import { CurrentActor } from '../../platform/auth/current-actor';
import type { Page } from '../../platform/http/cursor';
import type { ListQuery } from '../../platform/http/schemas';
import { ReadResults } from './read-results';
import { ReapplyResults } from './reapply-results';
import {
  type FindingAnswer,
  FindingList,
  FindingQuery,
  ReappliedAnswer,
  ReapplyBody,
  type ResultAnswer,
  ResultList,
  ResultsBody,
  ResultsQuery,
  TakenAnswer,
  VendorParams,
} from './results.dto';
import { TakeResults } from './take-results';

/** What outsourcers report after the call, and what that says of them. */
@Controller('v1/vendors/:id')
export class ResultsController {
  constructor(
    private readonly taker: TakeResults,
    private readonly reapplier: ReapplyResults,
    private readonly reader: ReadResults,
  ) {}

  @Post('results')
  @HttpCode(200)
  @RouteSchema({ params: VendorParams, body: ResultsBody, response: { 200: TakenAnswer } })
  take(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: unknown): Promise<TakenAnswer> {
    return this.taker.take(actor, id, body);
  }

  @Get('results')
  @RouteSchema({ params: VendorParams, querystring: ResultsQuery, response: { 200: ResultList } })
  results(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: ResultsQuery,
  ): Promise<Page<ResultAnswer>> {
    return this.reader.results(actor, id, query);
  }

  @Post('results/reapply')
  @HttpCode(200)
  @RouteSchema({ params: VendorParams, body: ReapplyBody, response: { 200: ReappliedAnswer } })
  reapply(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() { limit }: ReapplyBody,
  ): Promise<ReappliedAnswer> {
    return this.reapplier.reapply(actor, id, limit);
  }

  @Get('findings')
  @RouteSchema({ params: VendorParams, querystring: FindingQuery, response: { 200: FindingList } })
  findings(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: ListQuery,
  ): Promise<Page<FindingAnswer>> {
    return this.reader.findings(actor, id, query);
  }
}

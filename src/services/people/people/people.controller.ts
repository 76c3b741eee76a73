import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maskNumber } from '../../../domain/phone/mask-number';
import { actorOf } from '../../../platform/auth/current-actor';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { readSearchTarget } from '../person-finder';
import {
  CustomerParams,
  LookupBody,
  PersonAnswer,
  PersonBody,
  PersonReceipt,
  Timeline,
  type TimelineItem,
  TimelineQuery,
} from './people.dto';
import { readPerson } from '../changes/person-body';
import { PutPerson } from './put-person';
import { ReadPerson } from './read-person';
import { ReadTimeline } from './timeline';

/** Customers and their numbers. Paths take a personId, but PUT, which takes the institution's own customer id. */
@Controller('v1/people')
export class PeopleController {
  constructor(
    private readonly writer: PutPerson,
    private readonly reader: ReadPerson,
    private readonly timelines: ReadTimeline,
    private readonly idempotency: Idempotency,
  ) {}

  @Put(':id')
  @RouteSchema({
    params: CustomerParams,
    body: PersonBody,
    response: { 200: PersonReceipt, 201: PersonReceipt },
  })
  put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') customerId: string,
    @Body() body: PersonBody,
  ): Promise<PersonReceipt> {
    const input = readPerson(customerId, body, actorOf(request));
    return this.idempotency.run(request, reply, async (tx) => {
      const { created, known: asKept } = await this.writer.put(tx, input);
      const body = { ...asKept, customerId, numbers: input.numbers.map(maskNumber) };
      return { status: created ? 201 : 200, body };
    });
  }

  @Post('lookup')
  @HttpCode(200)
  @RouteSchema({ body: LookupBody, response: { 200: PersonAnswer } })
  lookup(@Req() request: FastifyRequest, @Body() body: LookupBody): Promise<PersonAnswer> {
    return this.reader.read(readSearchTarget(body), {
      what: 'person.lookup',
      actor: actorOf(request),
      unmaskReason: unmaskReasonOf(request),
    });
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: PersonAnswer } })
  read(@Req() request: FastifyRequest, @Param('id') personId: string): Promise<PersonAnswer> {
    return this.reader.read(
      { personId },
      { what: 'person', actor: actorOf(request), unmaskReason: unmaskReasonOf(request) },
    );
  }

  @Get(':id/timeline')
  @RouteSchema({ params: UuidParams, querystring: TimelineQuery, response: { 200: Timeline } })
  timeline(
    @Req() request: FastifyRequest,
    @Param('id') personId: string,
    @Query() query: TimelineQuery,
  ): Promise<Page<TimelineItem>> {
    return this.timelines.read(personId, query, {
      actor: actorOf(request),
      unmaskReason: unmaskReasonOf(request),
    });
  }
}

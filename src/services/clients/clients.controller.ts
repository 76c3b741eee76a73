import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/auth/current-actor';
import { type Page, pageOf } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import { ListQuery, type PendingApproval, UuidParams } from '../../platform/http/schemas';
import {
  type ClientAnswer,
  clientAnswer,
  ClientAnswer as ClientSchema,
  ClientBody,
  ClientList,
  type KeyAnswer,
  MadeOrAsked,
} from './clients.dto';
import { ClientsService } from './clients.service';

@Controller('v1/clients')
export class ClientsController {
  constructor(
    private readonly clients: ClientsService,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @RouteSchema({ body: ClientBody, response: MadeOrAsked })
  make(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: ClientBody,
  ): Promise<KeyAnswer | PendingApproval> {
    return this.idempotency.run(request, reply, async (tx) => {
      const made = await this.clients.make(tx, body, actorOf(request));
      return { status: 'key' in made ? 201 : 202, body: made };
    });
  }

  @Get()
  @RouteSchema({ querystring: ListQuery, response: { 200: ClientList } })
  async list(@Query() query: ListQuery): Promise<Page<ClientAnswer>> {
    const clients = await this.clients.list(query);
    return pageOf(clients, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }), clientAnswer);
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: ClientSchema } })
  async find(@Param('id') id: string): Promise<ClientAnswer> {
    return clientAnswer(await this.clients.find(id));
  }

  @Post(':id/keys')
  @RouteSchema({ params: UuidParams, response: MadeOrAsked })
  rotate(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<KeyAnswer | PendingApproval> {
    return this.idempotency.run(request, reply, async (tx) => {
      const made = await this.clients.rotate(tx, id, actorOf(request));
      return { status: 'key' in made ? 201 : 202, body: made };
    });
  }

  @Post(':id/revoke')
  @RouteSchema({ params: UuidParams, response: { 200: ClientSchema } })
  revoke(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<ClientAnswer> {
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 200,
      body: clientAnswer(await this.clients.revoke(tx, id, actorOf(request))),
    }));
  }
}

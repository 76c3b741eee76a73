import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/auth/current-actor';
import { type Page, pageOf } from '../../platform/http/cursor';
import { Idempotency } from '../../platform/http/idempotency';
import { readInstant } from '../../platform/http/instants';
import { ListQuery, UuidParams } from '../../platform/http/schemas';
import { uuidV7Instant } from '../../platform/ids/uuid-v7';
import { SubscriberCheck } from './outbound/subscriber-check';
import {
  DeliveriesQuery,
  type DeliveryAnswer,
  deliveryAnswer,
  DeliveryList,
  eventBefore,
  ReplayAnswer,
  ReplayBody,
  RotateBody,
  SecretAnswer,
  TestAnswer,
  type WebhookAnswer,
  webhookAnswer,
  WebhookAnswer as WebhookSchema,
  WebhookBody,
  WebhookList,
} from './webhooks.dto';
import { WebhooksService } from './webhooks.service';

@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly subscribers: SubscriberCheck,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @RouteSchema({ body: WebhookBody, response: { 201: SecretAnswer } })
  async make(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: WebhookBody,
  ): Promise<SecretAnswer> {
    // Before there is a transaction: a name server may be slow.
    await this.subscribers.check(body.url);
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 201,
      body: await this.webhooks.make(tx, body, actorOf(request)),
    }));
  }

  @Get()
  @RouteSchema({ querystring: ListQuery, response: { 200: WebhookList } })
  async list(@Query() query: ListQuery): Promise<Page<WebhookAnswer>> {
    const webhooks = await this.webhooks.list(query);
    return pageOf(webhooks, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }), webhookAnswer);
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: WebhookSchema } })
  async find(@Param('id') id: string): Promise<WebhookAnswer> {
    return webhookAnswer(await this.webhooks.find(id));
  }

  @Get(':id/deliveries')
  @RouteSchema({ params: UuidParams, querystring: DeliveriesQuery, response: { 200: DeliveryList } })
  async deliveries(@Param('id') id: string, @Query() query: DeliveriesQuery): Promise<Page<DeliveryAnswer>> {
    const { limit, state } = query;
    const page = { limit, ...eventBefore(query), ...(state === undefined ? {} : { state }) };
    const deliveries = await this.webhooks.listDeliveries(id, page);
    const position = ({ eventId }: { eventId: string }) => ({ at: uuidV7Instant(eventId), id: eventId });
    return pageOf(deliveries, limit, position, deliveryAnswer);
  }

  @Post(':id/disable')
  @RouteSchema({ params: UuidParams, response: { 200: WebhookSchema } })
  async disable(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<WebhookAnswer> {
    return this.changed(request, reply, id, 'disable');
  }

  @Post(':id/enable')
  @RouteSchema({ params: UuidParams, response: { 200: WebhookSchema } })
  async enable(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<WebhookAnswer> {
    return this.changed(request, reply, id, 'enable');
  }

  @Post(':id/rotate')
  @RouteSchema({ params: UuidParams, body: RotateBody, response: { 201: SecretAnswer } })
  rotate(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: RotateBody,
  ): Promise<SecretAnswer> {
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 201,
      body: await this.webhooks.rotate(tx, id, body.endNow === true, actorOf(request)),
    }));
  }

  @Post(':id/replay')
  @RouteSchema({ params: UuidParams, body: ReplayBody, response: { 202: ReplayAnswer } })
  replay(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: ReplayBody,
  ): Promise<ReplayAnswer> {
    const time = { from: readInstant(body.from, '/from'), to: readInstant(body.to, '/to') };
    return this.idempotency.run(request, reply, async (tx) => {
      const replayId = await this.webhooks.replay(tx, id, time, actorOf(request));
      return { status: 202, body: { replayId, state: 'queued' } };
    });
  }

  @Post(':id/test')
  @RouteSchema({ params: UuidParams, response: { 202: TestAnswer } })
  test(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<TestAnswer> {
    return this.idempotency.run(request, reply, async (tx) => {
      const eventId = await this.webhooks.test(tx, id, actorOf(request));
      return { status: 202, body: { eventId, state: 'queued' } };
    });
  }

  /** The answer is read after the commit: it counts what is in no transaction of ours. */
  private async changed(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    step: 'disable' | 'enable',
  ): Promise<WebhookAnswer> {
    await this.idempotency.run(request, reply, async (tx) => {
      await this.webhooks[step](tx, id, actorOf(request));
      return { status: 200, body: null };
    });
    return webhookAnswer(await this.webhooks.find(id));
  }
}

import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../../config/load-config';
import { isBackdated } from '../../../domain/consent/consent-fold';
import { actorOf } from '../../../platform/auth/current-actor';
import { CONFIG } from '../../../platform/installation/tokens';
import { Idempotency } from '../../../platform/http/idempotency';
import { readInstant, writeInstant } from '../../../platform/http/instants';
import { UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { SettingsCache } from '../../settings/settings-cache';
import { readSearchTarget } from '../person-finder';
import { readConsent } from './consent-body';
import { ConsentReceiptDocument } from './receipts/consent-receipt.dto';
import { ConsentBody, ConsentDetail, ConsentReceipt, ConsentsAnswer, ConsentSearch } from './consents.dto';
import { ReadConsentReceipt } from './receipts/read-consent-receipt';
import { ReadConsents } from './read-consents';
import { isLate, RecordConsent } from './record-consent';

/** What people agreed to. */
@Controller('v1/consents')
export class ConsentsController {
  constructor(
    private readonly recorder: RecordConsent,
    private readonly reader: ReadConsents,
    private readonly receipts: ReadConsentReceipt,
    private readonly idempotency: Idempotency,
    private readonly settings: SettingsCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @RouteSchema({ body: ConsentBody, response: { 201: ConsentReceipt } })
  record(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: ConsentBody,
  ): Promise<ConsentReceipt> {
    const input = readConsent(body, actorOf(request), {
      settings: this.settings.current(),
      defaultEntity: this.config.decision.defaultEntity,
    });
    return this.idempotency.run(request, reply, async (tx) => {
      const event = await this.recorder.grant(tx, input);
      return {
        status: 201,
        body: {
          id: event.id,
          recordedAt: writeInstant(event.recordedAt),
          grantedAt: writeInstant(event.at),
          scope: event.scope,
          backDated: isLate(event.at, event.recordedAt),
          backdated: isBackdated(event),
        },
      };
    });
  }

  @Post('search')
  @HttpCode(200)
  @RouteSchema({ body: ConsentSearch, response: { 200: ConsentsAnswer } })
  search(@Req() request: FastifyRequest, @Body() body: ConsentSearch): Promise<ConsentsAnswer> {
    const { asOf, knownAt } = body;
    const when = {
      ...(asOf === undefined ? {} : { asOf: readInstant(asOf, '/asOf') }),
      ...(knownAt === undefined ? {} : { knownAt: readInstant(knownAt, '/knownAt') }),
    };
    return this.reader.search(readSearchTarget(body), when, {
      actor: actorOf(request),
      unmaskReason: unmaskReasonOf(request),
    });
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: ConsentDetail } })
  read(@Req() request: FastifyRequest, @Param('id') id: string): Promise<ConsentDetail> {
    return this.reader.read(id, { actor: actorOf(request), unmaskReason: unmaskReasonOf(request) });
  }

  @Get(':id/receipt')
  @RouteSchema({ params: UuidParams, response: { 200: ConsentReceiptDocument } })
  receipt(@Req() request: FastifyRequest, @Param('id') id: string): Promise<ConsentReceiptDocument> {
    return this.receipts.read(id, { actor: actorOf(request), unmaskReason: unmaskReasonOf(request) });
  }
}

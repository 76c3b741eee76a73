import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../../config/load-config';
import { actorOf } from '../../../platform/auth/current-actor';
import { CONFIG } from '../../../platform/installation/tokens';
import { Idempotency } from '../../../platform/http/idempotency';
import { readInstant, writeInstant } from '../../../platform/http/instants';
import { UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { SettingsCache } from '../../settings/settings-cache';
import { readSearchTarget } from '../person-finder';
import { readConsent, readWithdrawal } from './consent-body';
import {
  ConsentBody,
  ConsentDetail,
  ConsentReceipt,
  ConsentsAnswer,
  ConsentSearch,
  WithdrawalReceipt,
  WithdrawConsentBody,
} from './consents.dto';
import { ReadConsents } from './read-consents';
import { isBackDated, RecordConsent } from './record-consent';
import { WithdrawConsent } from './withdraw-consent';

/** What people agreed to, and what they took back. */
@Controller('v1/consents')
export class ConsentsController {
  constructor(
    private readonly recorder: RecordConsent,
    private readonly withdrawals: WithdrawConsent,
    private readonly reader: ReadConsents,
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
      const { id, at, recordedAt } = await this.recorder.grant(tx, input);
      return {
        status: 201,
        body: {
          id,
          recordedAt: writeInstant(recordedAt),
          grantedAt: writeInstant(at),
          scope: input.scope,
          backDated: isBackDated(at, recordedAt),
        },
      };
    });
  }

  @Post('withdraw')
  @RouteSchema({ body: WithdrawConsentBody, response: { 201: WithdrawalReceipt } })
  withdraw(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: WithdrawConsentBody,
  ): Promise<WithdrawalReceipt> {
    const input = readWithdrawal(body, actorOf(request));
    return this.idempotency.run(request, reply, async (tx) => {
      const { id, receiptId, recordedAt, purposes, channels } = await this.withdrawals.withdraw(tx, input);
      return {
        status: 201,
        body: { id, receiptId, effectiveAt: writeInstant(recordedAt), purposes, channels },
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
}

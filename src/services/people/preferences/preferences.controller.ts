import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Page } from '../../../platform/http/cursor';
import { Idempotency } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import { PendingApproval, UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { readSearchTarget } from '../person-finder';
import { readEvidence } from '../shapes';
import { readTarget } from '../word-target';
import { readNarrowing } from './preference-body';
import {
  type PreferenceAnswer,
  PreferenceBody,
  PreferenceList,
  PreferenceReceipt,
  PreferenceSearch,
  WithdrawPreferenceBody,
} from './preferences.dto';
import { ReadPreferences } from './read-preferences';
import { RecordPreference } from './record-preference';
import { WithdrawPreference } from './withdraw-preference';

/** When, by whom and in which language people want to be called. */
@Controller('v1/preferences')
export class PreferencesController {
  constructor(
    private readonly recorder: RecordPreference,
    private readonly reader: ReadPreferences,
    private readonly withdrawals: WithdrawPreference,
    private readonly idempotency: Idempotency,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @RouteSchema({ body: PreferenceBody, response: { 201: PreferenceReceipt } })
  record(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: PreferenceBody,
  ): Promise<PreferenceReceipt> {
    const input = {
      target: readTarget(body),
      narrowing: readNarrowing(body, this.clock.now()),
      actor: actorOf(request),
    };
    return this.idempotency.run(request, reply, async (tx) => {
      const { id, receiptId, effectiveAt } = await this.recorder.record(tx, input);
      return { status: 201, body: { id, receiptId, effectiveAt: writeInstant(effectiveAt) } };
    });
  }

  @Post('search')
  @HttpCode(200)
  @RouteSchema({ body: PreferenceSearch, response: { 200: PreferenceList } })
  search(@Req() request: FastifyRequest, @Body() body: PreferenceSearch): Promise<Page<PreferenceAnswer>> {
    return this.reader.search(readSearchTarget(body), body, {
      actor: actorOf(request),
      unmaskReason: unmaskReasonOf(request),
    });
  }

  @Post(':id/withdraw')
  @RouteSchema({ params: UuidParams, body: WithdrawPreferenceBody, response: { 202: PendingApproval } })
  withdraw(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body() body: WithdrawPreferenceBody,
  ): Promise<PendingApproval> {
    const words = { reason: body.reason, evidence: readEvidence(body.evidence) };
    return this.idempotency.run(request, reply, async (tx) => ({
      status: 202,
      body: await this.withdrawals.ask(tx, id, words, actorOf(request)),
    }));
  }
}

import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CHANNELS, CONSENT_PURPOSES } from '../../../domain/decision/purpose';
import { actorOf } from '../../../platform/auth/current-actor';
import type { Tx } from '../../../platform/database/database';
import { Idempotency } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import { WishScopes } from '../wishes/wish-scopes';
import { idsOf } from '../words-on-rows';
import { consentConfirmation } from './confirmation';
import { GROUP, writeAskAgain } from './consent-answers';
import { readRefusal, readWithdrawal } from './consent-body';
import { RefusalReceipt, RefusedConsentBody, WithdrawalReceipt, WithdrawConsentBody } from './consents.dto';
import { ReaskLaw } from './reask-law';
import { SpokenLanguage } from './spoken-language';
import { type WithdrawalInput, WithdrawConsent } from './withdraw-consent';

/** What people took back, or said no to: one call, from whoever heard it. */
@Controller('v1/consents')
export class ConsentRefusalsController {
  constructor(
    private readonly withdrawals: WithdrawConsent,
    private readonly scopes: WishScopes,
    private readonly languages: SpokenLanguage,
    private readonly law: ReaskLaw,
    private readonly idempotency: Idempotency,
  ) {}

  @Post('withdraw')
  @RouteSchema({ body: WithdrawConsentBody, response: { 201: WithdrawalReceipt } })
  withdraw(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: WithdrawConsentBody,
  ): Promise<WithdrawalReceipt> {
    const input = readWithdrawal(body, actorOf(request));
    return this.idempotency.run(request, reply, async (tx) => {
      const { receipt } = await this.take(tx, input);
      return { status: 201, body: receipt };
    });
  }

  @Post('refused')
  @RouteSchema({ body: RefusedConsentBody, response: { 201: RefusalReceipt } })
  refused(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: RefusedConsentBody,
  ): Promise<RefusalReceipt> {
    const input = readRefusal(body, actorOf(request));
    return this.idempotency.run(request, reply, async (tx) => {
      const { receipt, askAgainFrom } = await this.take(tx, input);
      return { status: 201, body: askAgainFrom === undefined ? receipt : { ...receipt, askAgainFrom } };
    });
  }

  /** When a person may be asked again tells where the person's other numbers are: a vendor is not told. */
  private async take(
    tx: Tx,
    input: WithdrawalInput,
  ): Promise<{ receipt: WithdrawalReceipt; askAgainFrom?: string | null }> {
    const settled = await this.scopes.settle(tx, input);
    const { event, reach } = await this.withdrawals.withdraw(tx, settled);
    const { id, receiptId, recordedAt, purposes, channels, kind, scope } = event;
    const isVendor = input.actor.vendorId !== undefined;
    const wait =
      kind === 'withdrawn' || isVendor ? undefined : (await this.law.waitOf(tx, idsOf(reach.rows)))(event.at);
    const language = await this.languages.of(tx, reach, input.target, input.actor);
    const isWhole = purposes.length === CONSENT_PURPOSES.length && channels.length === CHANNELS.length;
    const receipt = {
      id,
      receiptId,
      effectiveAt: writeInstant(recordedAt),
      scope: scope ?? GROUP,
      purposes,
      channels,
      confirmation: consentConfirmation(
        { kind, isWhole, neverAgain: wait === Infinity, ...(scope === undefined ? {} : { scope }) },
        language,
      ),
    };
    return wait === undefined ? { receipt } : { receipt, askAgainFrom: writeAskAgain(wait) };
  }
}

import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { CurrentActor } from '../../platform/auth/current-actor';
import type { Instant } from '../../domain/time/instant';
import { idempotencyKeyOf } from '../../platform/http/idempotency-key';
import { readInstant } from '../../platform/http/instants';
import { rowOf } from './batch-rows';
import { MAX_BATCH_SIZE } from './decision-options';
import {
  AuthorizeBody,
  BatchAnswer,
  BatchBody,
  type BatchRow,
  DecisionAnswer,
  PreviewBatchBody,
  PreviewBody,
  RedeemAnswer,
  RedeemBody,
} from './decisions.dto';
import { DecisionsService } from './decisions.service';
import { PreviewsService } from './previews.service';
import { RedemptionsService } from './redemptions.service';

/** Rows of one batch that wait at once: enough to keep both transactions full, and no more than a fair share. */
const ROWS_AT_ONCE = 2 * MAX_BATCH_SIZE;

/** The questions a dialer asks before it may ring anybody. */
@Controller('v1')
export class DecisionsController {
  constructor(
    private readonly decisions: DecisionsService,
    private readonly previews: PreviewsService,
    private readonly redemptions: RedemptionsService,
  ) {}

  @Post('calls/authorize')
  @HttpCode(200)
  @RouteSchema({ body: AuthorizeBody, response: { 200: DecisionAnswer } })
  authorize(
    @CurrentActor() actor: Actor,
    @Body() body: AuthorizeBody,
    @Req() request: FastifyRequest,
  ): Promise<DecisionAnswer> {
    return this.decisions.authorize(actor, body, idempotencyKeyOf(request));
  }

  @Post('calls/authorize/batch')
  @HttpCode(200)
  @RouteSchema({ body: BatchBody, response: { 200: BatchAnswer } })
  async authorizeBatch(
    @CurrentActor() actor: Actor,
    @Body() body: BatchBody,
    @Req() request: FastifyRequest,
  ): Promise<{ results: BatchRow[] }> {
    if (idempotencyKeyOf(request) !== undefined) {
      throw new AppError('INVALID', {
        detail: 'Name each row by its own external.callId instead of Idempotency-Key.',
      });
    }
    const results: BatchRow[] = [];
    for (let start = 0; start < body.calls.length; start += ROWS_AT_ONCE) {
      const rows = body.calls.slice(start, start + ROWS_AT_ONCE);
      results.push(...(await Promise.all(rows.map((call) => this.authorizeRow(actor, call)))));
    }
    return { results };
  }

  @Post('calls/preview')
  @HttpCode(200)
  @RouteSchema({ body: PreviewBody, response: { 200: DecisionAnswer } })
  async preview(@CurrentActor() actor: Actor, @Body() body: PreviewBody): Promise<DecisionAnswer> {
    const { at, ...ask } = body;
    const [answer] = await this.previews.preview(actor, [ask], instant(at));
    if (answer === undefined) throw new Error('A preview gave no answer.');
    if (answer instanceof AppError) throw answer;
    return answer;
  }

  @Post('calls/preview/batch')
  @HttpCode(200)
  @RouteSchema({ body: PreviewBatchBody, response: { 200: BatchAnswer } })
  async previewBatch(
    @CurrentActor() actor: Actor,
    @Body() body: PreviewBatchBody,
  ): Promise<{ results: BatchRow[] }> {
    const answers = await this.previews.preview(actor, body.calls.map(rowOf), instant(body.at));
    return {
      results: answers.map((answer) =>
        answer instanceof AppError ? { problem: { ...answer.toProblem() } } : answer,
      ),
    };
  }

  @Post('authorizations/redeem')
  @HttpCode(200)
  @RouteSchema({ body: RedeemBody, response: { 200: RedeemAnswer } })
  redeem(
    @CurrentActor() actor: Actor,
    @Body() body: RedeemBody,
  ): Promise<{ callId: string; redeemedAt: string }> {
    return this.redemptions.redeem(actor, body);
  }

  /** A row that could not be decided is that row's problem; a fault of ours says "do not dial" without its cause. */
  private async authorizeRow(actor: Actor, call: unknown): Promise<BatchRow> {
    const body = rowOf(call);
    if (body instanceof AppError) return { problem: { ...body.toProblem() } };
    try {
      return await this.decisions.authorize(actor, body);
    } catch (error) {
      const problem = error instanceof AppError ? error : undecided(error);
      return { problem: { ...problem.toProblem() } };
    }
  }
}

const instant = (at: string | undefined): Instant | undefined =>
  at === undefined ? undefined : readInstant(at, '/at');

const undecided = (cause: unknown): AppError =>
  new AppError('DECISION_UNAVAILABLE', { detail: 'This call could not be decided.', cause });

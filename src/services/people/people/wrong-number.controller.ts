import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { type Static, Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import { Idempotency } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import { oneOf, Timestamp, Uuid, UuidParams } from '../../../platform/http/schemas';
import { WrongNumber } from './wrong-number';
import { readWrongNumber, WrongNumberBody } from '../changes/wrong-number-body';

const WrongNumberAnswer = Type.Object({
  personId: Uuid,
  suppressionId: Uuid,
  receiptId: Uuid,
  effectiveAt: Timestamp,
  voidedConsents: Type.Array(Uuid, { description: 'Consents that had been given by this number.' }),
  flags: Type.Array(Type.Object({ id: Uuid, state: oneOf(['open', 'resolved']) })),
});
type WrongNumberAnswer = Static<typeof WrongNumberAnswer>;

/** A number that is not, or no longer, a person's. The number stands in the body: never in a URL. */
@Controller('v1/people')
export class WrongNumberController {
  constructor(
    private readonly wrongNumber: WrongNumber,
    private readonly idempotency: Idempotency,
  ) {}

  @Post(':id/wrong-number')
  @HttpCode(200)
  @RouteSchema({ params: UuidParams, body: WrongNumberBody, response: { 200: WrongNumberAnswer } })
  part(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') personId: string,
    @Body() body: WrongNumberBody,
  ): Promise<WrongNumberAnswer> {
    const input = { ...readWrongNumber(body), personId, actor: actorOf(request) };
    return this.idempotency.run(request, reply, async (tx) => {
      const { wish, voidedConsents, flags } = await this.wrongNumber.part(tx, input);
      const { id: suppressionId, receiptId, effectiveAt } = wish;
      return {
        status: 200,
        body: {
          personId,
          suppressionId,
          receiptId,
          effectiveAt: writeInstant(effectiveAt),
          voidedConsents,
          flags,
        },
      };
    });
  }
}

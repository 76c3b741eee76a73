import { Controller, Get, Param, Req } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../../../platform/auth/current-actor';
import { UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { ReadReceipt } from './read-receipt';
import { ReceiptAnswer } from './receipts.dto';

/** What was written down at a person's word, to be read back to the person. */
@Controller('v1/receipts')
export class ReceiptsController {
  constructor(private readonly reader: ReadReceipt) {}

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: ReceiptAnswer } })
  read(@Req() request: FastifyRequest, @Param('id') receiptId: string): Promise<ReceiptAnswer> {
    return this.reader.read(receiptId, { actor: actorOf(request), unmaskReason: unmaskReasonOf(request) });
  }
}

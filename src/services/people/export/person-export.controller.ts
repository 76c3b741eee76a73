import { Controller, Get, Param, Req, StreamableFile } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { actorOf } from '../../../platform/auth/current-actor';
import { UuidParams } from '../../../platform/http/schemas';
import { unmaskReasonOf } from '../../../platform/http/unmask';
import { ExportPerson } from './export-person';
import { PersonExport } from './person-export.dto';

/** A person's whole record to take along. */
@Controller('v1/people')
export class PersonExportController {
  constructor(private readonly exports: ExportPerson) {}

  @Get(':id/export')
  @RouteSchema({ params: UuidParams, response: { 200: PersonExport } })
  async export(@Req() request: FastifyRequest, @Param('id') personId: string): Promise<StreamableFile> {
    const text = await this.exports.export(personId, {
      actor: actorOf(request),
      unmaskReason: unmaskReasonOf(request),
    });
    return new StreamableFile(Readable.from(text), {
      type: 'application/json; charset=utf-8',
      disposition: `attachment; filename="person-${personId}.json"`,
    });
  }
}

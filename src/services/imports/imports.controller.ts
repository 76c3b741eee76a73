import { Controller, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AcceptedJob } from '../jobs/jobs.dto';
import { ImportQuery } from './imports.dto';
import { UPLOAD_BODY } from './uploads/upload-bodies';
import { UploadsService } from './uploads/uploads.service';

const SCHEMA = { querystring: ImportQuery, body: UPLOAD_BODY, response: { 202: AcceptedJob } };

/** Lists, streamed in; what becomes of each is a job. */
@Controller('v1')
export class ImportsController {
  constructor(private readonly uploads: UploadsService) {}

  @Post('suppressions/imports')
  @HttpCode(202)
  @RouteSchema(SCHEMA)
  suppressions(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: ImportQuery,
  ): Promise<AcceptedJob> {
    return this.uploads.take('suppressions', request, reply, query);
  }

  @Post('people/imports')
  @HttpCode(202)
  @RouteSchema(SCHEMA)
  people(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: ImportQuery,
  ): Promise<AcceptedJob> {
    return this.uploads.take('people', request, reply, query);
  }

  @Post('consents/imports')
  @HttpCode(202)
  @RouteSchema(SCHEMA)
  consents(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: ImportQuery,
  ): Promise<AcceptedJob> {
    return this.uploads.take('consents', request, reply, query);
  }
}

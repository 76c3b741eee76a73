import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../contracts/actor';
import { actorOf, CurrentActor } from '../../platform/auth/current-actor';
import { type Page, pageOf } from '../../platform/http/cursor';
import { UuidParams } from '../../platform/http/schemas';
import { unmaskReasonOf } from '../../platform/http/unmask';
import { type JobAnswer, jobAnswer, JobAnswer as JobSchema, JobList, JobQuery } from './jobs.dto';
import { JobsService } from './jobs.service';

/** Long work, to look at. */
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Get()
  @RouteSchema({ querystring: JobQuery, response: { 200: JobList } })
  async list(@Query() query: JobQuery, @CurrentActor() actor: Actor): Promise<Page<JobAnswer>> {
    const jobs = await this.jobs.list(query, actor);
    return pageOf(jobs, query.limit, ({ createdAt: at, id }) => ({ at, id }), jobAnswer);
  }

  @Get(':id')
  @RouteSchema({ params: UuidParams, response: { 200: JobSchema } })
  async find(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<JobAnswer> {
    return jobAnswer(await this.jobs.find(id, actor));
  }

  /**
   * Streamed as CSV. It holds what the caller itself sent, so it is nobody else's to keep; compliance reads those of
   * others with their numbers masked, or with `X-Unmask-Reason`.
   */
  @Get(':id/result')
  @RouteSchema({ params: UuidParams })
  async result(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const lines = await this.jobs.result(id, actorOf(request), unmaskReasonOf(request));
    void reply.header('cache-control', 'no-store');
    return new StreamableFile(Readable.from(lines, { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${id}.csv"`,
    });
  }
}

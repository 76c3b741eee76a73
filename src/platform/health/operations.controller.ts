import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../contracts/app-error';
import type { Config } from '../../config/load-config';
import { CONFIG } from '../installation/tokens';
import { LOG, type Log } from '../observability/logger';
import { mayReadMetrics, Metrics } from '../observability/metrics';
import { Lifecycle } from './lifecycle';
import { oneOf } from '../http/schemas';
import { Readiness, type ReadinessReport } from './readiness';

const Live = Type.Object({ status: Type.Literal('live') });
const Ready = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      status: oneOf(['ok', 'warning', 'fault']),
      detail: Type.Optional(Type.String()),
    }),
  ),
});

/** For those who run the gateway. */
@Controller()
export class OperationsController {
  private faults = '';

  constructor(
    private readonly readiness: Readiness,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Get('health/live')
  @RouteSchema({ response: { 200: Live } })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Ready means: able to decide. */
  @Get('health/ready')
  @RouteSchema({ response: { 200: Ready } })
  async ready(): Promise<ReadinessReport> {
    if (this.lifecycle.isClosing) {
      throw new AppError('DECISION_UNAVAILABLE', { detail: 'The gateway is stopping.' });
    }
    const report = await this.readiness.report();
    const faults = report.checks.filter((check) => check.status === 'fault').map((check) => check.name);
    this.tell(faults.join(', '));
    if (report.ready) return report;
    throw new AppError('DECISION_UNAVAILABLE', {
      detail: `No decision can be made: ${faults.join(', ')}.`,
      members: { checks: report.checks },
    });
  }

  /** Once for every change, however often it is asked. */
  private tell(faults: string): void {
    if (faults === this.faults) return;
    this.faults = faults;
    if (faults === '') this.log.info({}, 'Ready again.');
    else this.log.warn({ faults }, 'Not ready.');
  }

  @Get('metrics')
  async scrape(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const caller = {
      remoteAddress: request.socket.remoteAddress,
      authorization: request.headers.authorization,
      forwarded: request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined,
    };
    if (!mayReadMetrics(caller, this.config.metricsToken)) {
      throw new AppError('UNAUTHENTICATED', {
        detail: 'Metrics are read with METRICS_TOKEN, or from this machine.',
      });
    }
    const { contentType, body } = await this.metrics.expose();
    void reply.type(contentType);
    return body;
  }
}

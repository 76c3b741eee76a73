import { Inject, Injectable } from '@nestjs/common';
import type { Decision } from '../../domain/decision/verdict';
import { LOG, type Log } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';

/** What an operator wants to see of decisions: how many, how they went, why not, and how well they gather. */
@Injectable()
export class DecisionMetrics {
  private readonly decisions;
  private readonly reasons;
  private readonly batchSizes;
  private readonly failures;

  constructor(
    metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.decisions = metrics.counter({
      name: 'quietline_decisions_total',
      help: 'Decisions made, by outcome.',
      labels: ['outcome'],
    });
    this.reasons = metrics.counter({
      name: 'quietline_decision_reasons_total',
      help: 'Objections to calls, by reason code.',
      labels: ['code'],
    });
    this.batchSizes = metrics.histogram(
      { name: 'quietline_decision_batch_size', help: 'Questions decided in one transaction.' },
      [1, 4, 16, 64, 256],
    );
    this.failures = metrics.counter({
      name: 'quietline_decision_failures_total',
      help: 'Questions that could not be decided.',
    });
  }

  batchOf(size: number): void {
    this.batchSizes.observe(size);
  }

  made({ outcome, reasons }: Omit<Decision, 'verdicts'>): void {
    this.decisions.inc({ outcome });
    for (const { code } of reasons) this.reasons.inc({ code });
  }

  /** Counted, and said why: the askers only learn that they must not dial. */
  failed(error: unknown, questions: number): void {
    this.failures.inc(questions);
    this.log.error({ err: error, questions }, 'Questions could not be decided.');
  }
}

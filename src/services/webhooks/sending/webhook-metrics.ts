import { Injectable } from '@nestjs/common';
import { Metrics } from '../../../platform/observability/metrics';
import type { NextStep } from './next-step';

/** How it goes with those who are told; which of them, the API says. */
@Injectable()
export class WebhookMetrics {
  private readonly attempts;
  private readonly durations;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter({
      name: 'quietline_webhook_attempts_total',
      help: 'Attempts to deliver an event to a subscriber: delivered, to be tried again (pending), or given up (dead).',
      labels: ['state', 'outcome'],
    });
    this.durations = metrics.histogram(
      {
        name: 'quietline_webhook_attempt_duration_seconds',
        help: 'Time from asking for the name of a subscriber to the end of its answer.',
      },
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    );
  }

  attempted({ state, outcome }: NextStep, milliseconds: number): void {
    this.attempts.inc({ state, outcome });
    this.durations.observe(milliseconds / 1_000);
  }
}

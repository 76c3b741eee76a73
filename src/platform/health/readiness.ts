import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';

/** What a probe found. A warning does not stop decisions; a fault does. */
export type Finding = { status: 'ok'; detail?: string } | { status: 'warning' | 'fault'; detail: string };

export interface ReadinessReport {
  ready: boolean;
  checks: ({ name: string } & Finding)[];
}

const PROBE_TIMEOUT_MS = 2_000;
/** Anybody may ask, so asking more often than this costs nothing; counted from when the probes began. */
const KEPT_MS = 1_000;
export const OK: Finding = { status: 'ok' };

/** Whether this process can decide: each part that a decision needs registers what it needs. */
@Injectable()
export class Readiness {
  private readonly probes = new Map<string, () => Finding | Promise<Finding>>();
  private latest: { report: Promise<ReadinessReport>; since: number; settled: boolean } | undefined;

  /** A probe that throws, or is silent for two seconds, is a fault. */
  register(name: string, probe: () => Finding | Promise<Finding>): void {
    if (this.probes.has(name)) throw new Error(`There is a readiness probe named ${name} already.`);
    this.probes.set(name, probe);
  }

  /** What was found within the last second, or is being found now: the probes never run twice at once. */
  report(): Promise<ReadinessReport> {
    const { latest } = this;
    if (latest !== undefined && !(latest.settled && performance.now() - latest.since >= KEPT_MS)) {
      return latest.report;
    }
    const begun = { report: this.probe(), since: performance.now(), settled: false };
    void begun.report.then(() => (begun.settled = true));
    this.latest = begun;
    return begun.report;
  }

  private async probe(): Promise<ReadinessReport> {
    const checks = await Promise.all(
      [...this.probes].map(async ([name, probe]) => ({ name, ...(await findingOf(probe)) })),
    );
    return { ready: checks.every((check) => check.status !== 'fault'), checks };
  }
}

async function findingOf(probe: () => Finding | Promise<Finding>): Promise<Finding> {
  const giveUp = new AbortController();
  const silence = delay(PROBE_TIMEOUT_MS, undefined, { signal: giveUp.signal }).then((): Finding => ({
    status: 'fault',
    detail: 'No answer in time.',
  }));
  try {
    return await Promise.race([Promise.resolve().then(probe), silence]);
  } catch {
    // What exactly failed is in the log of the part that failed; the outside learns only that it did.
    return { status: 'fault', detail: 'Cannot be reached.' };
  } finally {
    giveUp.abort();
    silence.catch(() => undefined);
  }
}

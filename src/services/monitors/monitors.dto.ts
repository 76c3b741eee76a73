import { type Static, Type } from '@sinclair/typebox';
import { MEASURES, rateOf } from '../../domain/monitoring/monitor';
import { writeInstant } from '../../platform/http/instants';
import { closed, oneOf, Timestamp } from '../../platform/http/schemas';
import type { PresentMonitor, Reading } from './monitor-readings';

/** One answer shows no more of a monitor's campaigns and vendors: those nearest to its threshold. */
const MOST_SHOWN = 500;

export const MonitorParams = closed({ id: oneOf(MEASURES) });
export type MonitorParams = Static<typeof MonitorParams>;

const limits = {
  threshold: Type.Number({ minimum: 0, maximum: 1, description: 'A rate above it stops.' }),
  minSample: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Of fewer nothing is said.' }),
  windowHours: Type.Integer({ minimum: 1, maximum: 720 }),
};
export const LimitsBody = closed(limits);
export type LimitsBody = Static<typeof LimitsBody>;

const Watched = Type.Object({
  scope: Type.Object({ kind: oneOf(['campaign', 'vendor']), id: Type.String() }),
  value: Type.Number({ description: 'The rate: count of sample.' }),
  count: Type.Integer(),
  sample: Type.Integer(),
  since: Timestamp,
  stopId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The stop that this monitor made and that still stands.' }),
  ),
});

export const MonitorAnswer = Type.Object({
  id: oneOf(MEASURES),
  summary: Type.String(),
  ...limits,
  setBy: oneOf(['shipped', 'institution']),
  version: Type.Integer({ minimum: 0 }),
  source: Type.String(),
  force: Type.String(),
  watched: Type.Array(Watched),
});
export type MonitorAnswer = Static<typeof MonitorAnswer>;

export const MonitorList = Type.Object({ items: Type.Array(MonitorAnswer), nextCursor: Type.Null() });
export type MonitorList = Static<typeof MonitorList>;

export function monitorAnswer(monitor: PresentMonitor, readings: readonly Reading[]): MonitorAnswer {
  const { id, summary, threshold, minSample, windowHours, version, force, citation } = monitor;
  const { instrument, article } = citation;
  const shown = [...readings].sort((a, b) => rateOf(b.figures) - rateOf(a.figures)).slice(0, MOST_SHOWN);
  return {
    id,
    summary,
    threshold,
    minSample,
    windowHours,
    setBy: version === 0 ? 'shipped' : 'institution',
    version,
    source: article === undefined ? instrument : `${instrument}, ${article}`,
    force,
    watched: shown.map(({ scope, figures, since, last }) => ({
      scope,
      value: rateOf(figures),
      ...figures,
      since: writeInstant(since),
      ...(last === undefined || last.liftedAt !== undefined ? {} : { stopId: last.stopId }),
    })),
  };
}

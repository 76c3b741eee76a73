import { Inject, Injectable } from '@nestjs/common';
import { Turns } from '../../platform/bus/turns';
import { LOG, type Log } from '../../platform/observability/logger';
import { Arrivals } from './arrivals';
import { EffectReader } from './effect-reader';
import { EffectSources } from './topics/effect-sources';
import { FRONT_DOOR_OPTIONS, type FrontDoorOptions } from './front-door-options';
import { FrontDoorMetrics } from './front-door-metrics';
import { InboundLetters } from './letters/inbound-letters.repository';

/** A reader for each topic whose records have an effect of their own; all of them share their turns. */
@Injectable()
export class EffectReaders {
  readonly all: readonly EffectReader[];

  constructor(
    sources: EffectSources,
    arrivals: Arrivals,
    letters: InboundLetters,
    metrics: FrontDoorMetrics,
    @Inject(LOG) log: Log,
    @Inject(FRONT_DOOR_OPTIONS) options: FrontDoorOptions,
  ) {
    const turns = new Turns(options.effectsAtOnce);
    const parts = { arrivals, letters, metrics, settings: sources.settings, log, options, turns };
    this.all = sources.all.map((source) => new EffectReader(source, parts));
  }
}

import { type DynamicModule, Global, Module } from '@nestjs/common';
import { LOG, type Log } from './logger';
import { Metrics } from './metrics';

/** Gives every part the process's log and metrics. */
@Global()
@Module({})
export class ObservabilityModule {
  static forRoot(log: Log): DynamicModule {
    return {
      module: ObservabilityModule,
      providers: [Metrics, { provide: LOG, useValue: log }],
      exports: [Metrics, LOG],
    };
  }
}

import { DeadLetters } from '../../src/platform/bus/dead-letters';
import { Delivery } from '../../src/platform/bus/delivery';
import { InProcessBus } from '../../src/platform/bus/in-process-bus';
import type { BusAdapter } from './bus-stage';

export const inProcess: BusAdapter = {
  name: 'InProcessBus',
  open: ({ database, inbox, metrics, log, options }) =>
    new InProcessBus(new Delivery(database, inbox, metrics, log, options), new DeadLetters(database, log)),
};

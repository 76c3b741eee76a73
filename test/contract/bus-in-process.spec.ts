import { inProcess } from './bus-in-process';
import { eventBusContract } from './event-bus-contract';

eventBusContract(inProcess);

import { Module } from '@nestjs/common';
import { BusController } from './bus.controller';

/** What operators see of the bus and do to it; the bus itself is the platform's. */
@Module({ controllers: [BusController] })
export class BusOperationModule {}

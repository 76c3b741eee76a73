import { Module } from '@nestjs/common';
import { MonitorReadings } from './monitor-readings';
import { MonitorsController } from './monitors.controller';
import { MonitorsRepository } from './monitors.repository';
import { MonitorsService } from './monitors.service';
import { TalliesRepository } from './tallies.repository';

/** What the monitors see, and their limits. */
@Module({
  controllers: [MonitorsController],
  providers: [MonitorReadings, MonitorsRepository, MonitorsService, TalliesRepository],
  exports: [MonitorReadings, MonitorsRepository, TalliesRepository],
})
export class MonitorsModule {}

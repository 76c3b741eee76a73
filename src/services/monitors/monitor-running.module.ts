import { Module } from '@nestjs/common';
import { FlagRaisingModule } from '../flags/flag-raising.module';
import { StopsModule } from '../stops/stops.module';
import { MonitorTimer } from './monitor-timer';
import { MonitorWatch } from './monitor-watch';
import { MonitorsModule } from './monitors.module';
import { RunMonitors } from './run-monitors';
import { TallySlices } from './tally-slices';

/** Watches: for the process that keeps house. Crossing a threshold stops a campaign or a vendor by itself. */
@Module({
  imports: [FlagRaisingModule, MonitorsModule, StopsModule],
  providers: [MonitorTimer, MonitorWatch, RunMonitors, TallySlices],
})
export class MonitorRunningModule {}

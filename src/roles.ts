import type { DynamicModule, Type } from '@nestjs/common';
import type { ProcessRole } from './config/load-config';
import { type Service, SERVICES } from './contracts/serving';
import { BusModule } from './platform/bus/bus.module';
import { ApprovalsModule } from './services/approvals/approvals.module';
import { AuditModule } from './services/audit/audit.module';
import { BusOperationModule } from './services/bus/bus-operation.module';
import { CallsModule } from './services/calls/calls.module';
import { CampaignsModule } from './services/campaigns/campaigns.module';
import { ClientsModule } from './services/clients/clients.module';
import { CallKeyUpkeepModule } from './services/decisions/call-key-upkeep';
import { DecisionsModule } from './services/decisions/decisions.module';
import { FlagsModule } from './services/flags/flags.module';
import { FrontDoorModule } from './services/front-door/front-door.module';
import { InboundUpkeepModule } from './services/front-door/inbound-upkeep';
import { ImportsModule } from './services/imports/imports.module';
import { JobRunningModule } from './services/jobs/job-running.module';
import { JobsModule } from './services/jobs/jobs.module';
import { MonitorRunningModule } from './services/monitors/monitor-running.module';
import { MonitorsModule } from './services/monitors/monitors.module';
import { LedgerModule } from './services/ledger/ledger.module';
import { MyUpkeepModule } from './services/my/my-upkeep';
import { MyModule } from './services/my/my.module';
import { PeopleModule } from './services/people/people.module';
import { PoliciesModule } from './services/policies/policies.module';
import { ResultsModule } from './services/results/results.module';
import { SettingsModule } from './services/settings/settings.module';
import { SmsModule } from './services/sms/sms.module';
import { StopsModule } from './services/stops/stops.module';
import { WebhookSendingModule } from './services/webhooks/webhook-sending.module';
import { WebhooksModule } from './services/webhooks/webhooks.module';

type Modules = readonly (Type | DynamicModule)[];

/** Who asks is recognised, and what the institution has set up is known, in every process. */
const EVERYWHERE: Modules = [BusModule, BusOperationModule, SettingsModule, ApprovalsModule, ClientsModule];

/**
 * What a process of each service runs. A module that another one stands on comes along, routes and all; which of them
 * are answered says `contracts/serving`. Work that nobody asks for by HTTP is in modules of its own.
 */
const MODULES_OF_SERVICE: Readonly<Record<Service, Modules>> = {
  gateway: [
    CampaignsModule,
    PoliciesModule,
    PeopleModule,
    FlagsModule,
    StopsModule,
    DecisionsModule,
    CallsModule,
    JobsModule,
    ImportsModule,
    ResultsModule,
    MonitorsModule,
    WebhooksModule,
    FrontDoorModule,
  ],
  optout: [PeopleModule, SmsModule, MyModule],
  ledger: [LedgerModule],
  audit: [PeopleModule, AuditModule],
  jobs: [
    PeopleModule,
    JobsModule,
    ImportsModule,
    JobRunningModule,
    WebhookSendingModule,
    MonitorRunningModule,
    CallKeyUpkeepModule,
    InboundUpkeepModule,
    MyUpkeepModule,
  ],
};

/** The modules of a process of this role, in the order in which they start. */
export function modulesOf(role: ProcessRole): Modules {
  const services = role === 'all' ? SERVICES : [role];
  return [...new Set([...EVERYWHERE, ...services.flatMap((service) => MODULES_OF_SERVICE[service])])];
}

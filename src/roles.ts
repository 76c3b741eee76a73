import type { DynamicModule, Type } from '@nestjs/common';
import type { Config } from './config/load-config';
import { BusModule } from './platform/bus/bus.module';
import { ApprovalsModule } from './services/approvals/approvals.module';
import { AuditModule } from './services/audit/audit.module';
import { CallsModule } from './services/calls/calls.module';
import { CampaignsModule } from './services/campaigns/campaigns.module';
import { ClientsModule } from './services/clients/clients.module';
import { DecisionsModule } from './services/decisions/decisions.module';
import { FlagsModule } from './services/flags/flags.module';
import { ImportsModule } from './services/imports/imports.module';
import { JobsModule } from './services/jobs/jobs.module';
import { MyModule } from './services/my/my.module';
import { PeopleModule } from './services/people/people.module';
import { PoliciesModule } from './services/policies/policies.module';
import { ResultsModule } from './services/results/results.module';
import { SettingsModule } from './services/settings/settings.module';
import { SmsModule } from './services/sms/sms.module';
import { WebhooksModule } from './services/webhooks/webhooks.module';

const ALL: readonly (Type | DynamicModule)[] = [
  BusModule,
  SettingsModule,
  ApprovalsModule,
  ClientsModule,
  CampaignsModule,
  PoliciesModule,
  PeopleModule,
  FlagsModule,
  DecisionsModule,
  CallsModule,
  JobsModule,
  ImportsModule,
  ResultsModule,
  SmsModule,
  AuditModule,
  MyModule,
  WebhooksModule,
];

/** Which services a process of a role runs. */
export const MODULES_OF_ROLE: Readonly<Record<Config['role'], readonly (Type | DynamicModule)[]>> = {
  all: ALL,
  gateway: ALL,
  optout: ALL,
  ledger: ALL,
  audit: ALL,
  jobs: ALL,
};

import { Global, Module } from '@nestjs/common';
import { SettingChanges } from './setting-changes';
import { SettingsCache } from './settings-cache';

/** What the institution has set up, for every service that decides or changes it. */
@Global()
@Module({
  providers: [SettingsCache, SettingChanges],
  exports: [SettingsCache, SettingChanges],
})
export class SettingsModule {}

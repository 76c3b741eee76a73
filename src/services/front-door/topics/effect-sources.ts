import { Injectable } from '@nestjs/common';
import { SettingsCache } from '../../settings/settings-cache';
import { CallEventsIn } from './call-events-in';
import type { EffectSource } from '../effect';
import { PeopleChangesIn } from './people-changes-in';
import { SmsIn } from './sms-in';

/** Every topic whose records have an effect of their own. */
@Injectable()
export class EffectSources {
  readonly all: readonly EffectSource[];

  constructor(
    readonly settings: SettingsCache,
    callEvents: CallEventsIn,
    sms: SmsIn,
    people: PeopleChangesIn,
  ) {
    this.all = [callEvents, sms, people];
  }

  named(name: string): EffectSource {
    const source = this.all.find((one) => one.name === name);
    if (source === undefined) throw new Error('This process does not know the reader of the letter.');
    return source;
  }
}

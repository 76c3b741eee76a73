import { ENGINE_VERSION } from '../domain/decision/engine-version';
import { provinces } from '../domain/phone/tables/chinese-area-codes.json';
import type { Calendar, Pack } from '../domain/policy/pack';
import type { PolicyBody } from '../domain/policy/policy';
import { TZDATA_VERSION } from '../domain/time/zones';
import chinesePublicHolidays from './calendars/cn-public.json';
import china from './cn.json';
import unitedStates from './us.json';

/** JSON modules have no literal types; `pack.schema.json` and `calendar.schema.json` vouch for these shapes. */
const PACKS = [china, unitedStates] as unknown as Pack[];
const CALENDARS: Calendar[] = [chinesePublicHolidays];

/**
 * Everything of this build that can change an answer. The SHA-256 of its canonical JSON is the policy version (RULINGS
 * 10); whoever needs it hashes it, nothing here knows a digest.
 */
export function shippedPolicyBody(): PolicyBody {
  return {
    packs: PACKS,
    overrides: [],
    calendars: CALENDARS,
    areaCodes: { CN: provinces },
    tzdata: TZDATA_VERSION,
    engineVersion: ENGINE_VERSION,
  };
}

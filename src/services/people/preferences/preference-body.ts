import { AppError, invalidMember } from '../../../contracts/app-error';
import type { Preference } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { type HoursOfDays, isValidHours } from '../../../domain/time/week-hours';
import { readInstant } from '../../../platform/http/instants';
import type { PreferenceBody } from './preferences.dto';

export type Narrowing = Omit<Preference, 'id' | 'recordedAt'>;

/** What the body asks for. @throws AppError INVALID for a preference that would narrow nothing, or that nothing honours. */
export function readNarrowing(body: PreferenceBody, now: Instant): Narrowing {
  const { quietUntil, hours, noAiVoice, noProfiling, language } = body;
  if ([quietUntil, hours, noAiVoice, noProfiling, language].every((member) => member === undefined)) {
    throw new AppError('INVALID', {
      detail: 'Name at least one preference.',
      errors: [{ pointer: '', code: 'REQUIRED', detail: 'Holds no preference.' }],
    });
  }
  if (noProfiling !== undefined) {
    throw invalidMember(
      '/noProfiling',
      'Not honoured yet: no rule knows how the people of a campaign were chosen. Nothing has been recorded.',
      'NOT_SUPPORTED',
    );
  }
  return {
    ...(quietUntil === undefined ? {} : { quietUntil: readQuietUntil(quietUntil, now) }),
    ...(hours === undefined ? {} : { hours: hours.map(readHours) }),
    ...(noAiVoice === undefined ? {} : { noAiVoice }),
    ...(language === undefined ? {} : { language }),
  };
}

function readQuietUntil(text: string, now: Instant): Instant {
  const until = readInstant(text, '/quietUntil');
  if (until > now) return until;
  throw invalidMember('/quietUntil', 'Must lie in the future.', 'PAST');
}

function readHours(hours: HoursOfDays, index: number): HoursOfDays {
  if (isValidHours(hours)) return hours;
  throw invalidMember(
    `/hours/${index}/to`,
    'Must be later than from; write hours over midnight as two.',
    'ORDER',
  );
}

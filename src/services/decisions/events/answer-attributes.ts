import type { EventAttributes } from '../../../contracts/events';
import type { Decision } from '../../../domain/decision/verdict';
import { writeInstant } from '../../../platform/http/instants';

/**
 * What a dialer needs to act on a decided event, beside its data: the token, for how long, and what the call must do.
 * They leave with the event and are not kept, as an answer by REST is not; none of them holds a number.
 */
export function answerAttributes(
  decision: Pick<Decision, 'outcome' | 'expiresAt' | 'notBefore' | 'obligations'>,
  token: string | undefined,
): EventAttributes {
  const { outcome, expiresAt, notBefore, obligations } = decision;
  return {
    ...(token === undefined || expiresAt === undefined
      ? {}
      : { authorization: token, authorizationexpires: writeInstant(expiresAt) }),
    ...(notBefore === undefined ? {} : { notbefore: writeInstant(notBefore) }),
    ...(outcome !== 'allow' || obligations === undefined ? {} : { obligations: JSON.stringify(obligations) }),
  };
}

import { type Static, Type } from '@sinclair/typebox';
import { writeInstant } from '../../platform/http/instants';
import { listOf, listQueryWith, oneOf, Timestamp, Uuid } from '../../platform/http/schemas';
import { type Job, JOB_STATES } from './job';

const Count = Type.Integer();

export const JobAnswer = Type.Object({
  id: Uuid,
  kind: Type.String(),
  state: oneOf(JOB_STATES),
  progress: Type.Number({ description: '0 to 1.' }),
  counts: Type.Object({ read: Count, accepted: Count, duplicate: Count, rejected: Count }),
  errors: Type.Array(
    Type.Object({
      line: Type.Integer({ description: 'Of the file, counted from 1; 0 for the whole.' }),
      code: Type.String(),
      detail: Type.String(),
    }),
    { description: 'The first 100.' },
  ),
  result: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  createdAt: Timestamp,
  createdBy: Uuid,
  finishedAt: Type.Optional(Timestamp),
});
export type JobAnswer = Static<typeof JobAnswer>;

export const JobList = listOf(JobAnswer);
export const JobQuery = listQueryWith({ state: Type.Optional(oneOf(JOB_STATES)) });
export type JobQuery = Static<typeof JobQuery>;

/** 202: taken, and done by and by. */
export const AcceptedJob = Type.Object({ jobId: Uuid });
export type AcceptedJob = Static<typeof AcceptedJob>;

export function jobAnswer(job: Job): JobAnswer {
  const { id, kind, state, progress, counts, errors, result, createdAt, actor, finishedAt } = job;
  return {
    id,
    kind,
    state,
    progress: state === 'succeeded' ? 1 : progress,
    counts,
    errors,
    ...(result === undefined ? {} : { result }),
    createdAt: writeInstant(createdAt),
    createdBy: actor.clientId,
    ...(finishedAt === undefined ? {} : { finishedAt: writeInstant(finishedAt) }),
  };
}

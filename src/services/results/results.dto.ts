import { type Static, Type } from '@sinclair/typebox';
import {
  closed,
  listOf,
  listQueryWith,
  ListQuery,
  oneOf,
  SlugParams,
  Timestamp,
  Uuid,
} from '../../platform/http/schemas';
import { FINDING_KINDS } from './findings.repository';
import { RESULT_STATES } from './results.repository';

export { VendorJson as ResultsBody } from './mapping/mapping.dto';

export const VendorParams = SlugParams;

const row = {
  callId: Type.Optional(Uuid),
  state: oneOf([...RESULT_STATES, 'duplicate']),
};
export const TakenAnswer = Type.Object({
  results: Type.Array(Type.Object(row), { description: 'In the order sent.' }),
});
export type TakenAnswer = Static<typeof TakenAnswer>;

export const ResultsQuery = listQueryWith({ state: Type.Optional(oneOf(RESULT_STATES)) });
export type ResultsQuery = Static<typeof ResultsQuery>;

export const ResultAnswer = Type.Object({
  id: Uuid,
  state: oneOf(RESULT_STATES),
  callId: Type.Optional(Uuid),
  mappingVersion: Type.Integer(),
  attempt: Type.Integer(),
  unmappedLabels: Type.Integer(),
  faults: Type.Array(Type.String(), {
    description: 'Members of the mapping whose value in this report is nothing that the member can be.',
  }),
  receivedAt: Timestamp,
  receivedBy: Uuid,
});
export type ResultAnswer = Static<typeof ResultAnswer>;
export const ResultList = listOf(ResultAnswer);

export const ReapplyBody = closed({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })) });
export type ReapplyBody = Static<typeof ReapplyBody>;

export const ReappliedAnswer = Type.Object({
  results: Type.Array(Type.Object({ id: Uuid, ...row })),
  more: Type.Boolean({ description: 'There is more to read again: ask again.' }),
});
export type ReappliedAnswer = Static<typeof ReappliedAnswer>;

export const FindingQuery = ListQuery;
export const FindingAnswer = Type.Object({
  id: Uuid,
  kind: oneOf(FINDING_KINDS),
  callId: Uuid,
  resultId: Uuid,
  foundAt: Timestamp,
});
export type FindingAnswer = Static<typeof FindingAnswer>;
export const FindingList = listOf(FindingAnswer);

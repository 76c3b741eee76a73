import { type Static, Type } from '@sinclair/typebox';
import { writeInstant } from '../../../platform/http/instants';
import { closed, listOf, oneOf, prose, Slug, Timestamp, Uuid } from '../../../platform/http/schemas';
import { scriptWarnings } from './script-lint';

const KINDS = ['fixed', 'model'] as const;
const STATES = ['submitted', 'approved'] as const;

export const ScriptParams = closed({ id: Slug, version: Slug });

export const ScriptBody = closed({
  version: Slug,
  kind: oneOf(KINDS),
  text: prose(100_000),
  disclosure: Type.String({
    maxLength: 2_000,
    description: 'What is said first. A machine names an AI element and a generated or synthetic element.',
  }),
  language: Type.String({
    pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$',
    description: 'BCP 47, as zh-CN.',
  }),
  model: Type.Optional(prose(200)),
});
export type ScriptBody = Static<typeof ScriptBody>;

export const ScriptAnswer = Type.Object({
  campaignId: Type.String(),
  version: Type.String(),
  kind: oneOf(KINDS),
  text: Type.String(),
  disclosure: Type.String(),
  language: Type.String(),
  model: Type.Optional(Type.String()),
  textSha256: Type.String(),
  state: oneOf(STATES),
  submittedBy: Uuid,
  submittedAt: Timestamp,
  approvedBy: Type.Optional(Uuid),
  approvedAt: Type.Optional(Timestamp),
  warnings: Type.Array(Type.Object({ code: Type.String(), phrase: Type.String(), source: Type.String() }), {
    description: 'What the approving person should look at; nothing here refuses.',
  }),
});
export type ScriptAnswer = Static<typeof ScriptAnswer>;
export const ScriptList = listOf(ScriptAnswer);

/** What an answer is made of, wherever it is kept. */
interface ScriptRecord {
  campaignId: string;
  version: string;
  kind: ScriptBody['kind'];
  text: string;
  disclosure: string;
  language: string;
  model: string | null;
  textSha256: string;
  state: (typeof STATES)[number];
  submittedBy: string;
  approvedBy: string | null;
  approvedAt: Date | null;
  createdAt: Date;
}

export function scriptAnswer(script: ScriptRecord): ScriptAnswer {
  const { model, approvedBy, approvedAt, createdAt, ...rest } = script;
  return {
    ...rest,
    ...(model === null ? {} : { model }),
    submittedAt: writeInstant(createdAt.getTime()),
    ...(approvedBy === null ? {} : { approvedBy }),
    ...(approvedAt === null ? {} : { approvedAt: writeInstant(approvedAt.getTime()) }),
    warnings: scriptWarnings(`${script.disclosure}\n${script.text}`),
  };
}

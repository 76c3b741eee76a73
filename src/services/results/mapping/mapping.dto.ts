import { type Static, Type } from '@sinclair/typebox';
import {
  type LABELLED,
  type Meaning,
  MEANINGS,
  type ResultsMapping,
  TIME_FORMATS,
} from '../../../domain/results/mapping';
import { Region } from '../../people/word-target';
import {
  closed,
  oneOf,
  PendingApproval,
  prose,
  SlugParams,
  Timestamp,
  Uuid,
} from '../../../platform/http/schemas';

const PointerText = Type.String({
  maxLength: 500,
  description: 'A JSON Pointer (RFC 6901); * is each item of a list.',
});
const Pointers = Type.Array(PointerText, { minItems: 1, maxItems: 20 });
const Words = Type.Array(prose(200), { minItems: 1, maxItems: 50 });
const Time = closed({ at: PointerText, format: oneOf(TIME_FORMATS), timeZone: Type.Optional(prose(64)) });

/** A word of the vendor's → what it means, one thing or several. */
const Meanings = Type.Unsafe<Record<string, Meaning | Meaning[]>>({
  type: 'object',
  maxProperties: 1_000,
  additionalProperties: {
    anyOf: [
      { type: 'string', enum: [...MEANINGS] },
      {
        type: 'array',
        minItems: 1,
        maxItems: 4,
        uniqueItems: true,
        items: { type: 'string', enum: [...MEANINGS] },
      },
    ],
  },
});

const members = {
  results: Type.Optional(PointerText),
  sessionId: PointerText,
  number: Type.Optional(closed({ at: PointerText, region: Type.Optional(Region) })),
  grade: Type.Optional(Pointers),
  tag: Type.Optional(Pointers),
  status: Type.Optional(Pointers),
  dialogue: Type.Optional(
    closed({
      lines: PointerText,
      text: PointerText,
      speaker: closed({ at: PointerText, customer: Words, agent: Words }),
    }),
  ),
  transferred: Type.Optional(closed({ at: PointerText, values: Words })),
  startedAt: Type.Optional(Time),
  answeredAt: Type.Optional(Time),
  endedAt: Type.Optional(Time),
  seconds: Type.Optional(PointerText),
  recording: Type.Optional(PointerText),
  labels: closed({
    grade: Type.Optional(Meanings),
    tag: Type.Optional(Meanings),
    status: Type.Optional(Meanings),
  } satisfies Record<(typeof LABELLED)[number], unknown>),
};

/** Any JSON of a vendor's: its members are the vendor's own. The end of a list is that of the body. */
export const VendorJson = Type.Unsafe<Record<string, unknown> | unknown[]>({
  anyOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {}, maxItems: 1_000_000 },
  ],
});

export const MappingBody = closed({ ...members, example: VendorJson });
export type MappingBody = ResultsMapping & { example: unknown };

const version = { version: Type.Integer(), createdAt: Timestamp, createdBy: Uuid };

export const MappingAnswer = Type.Object({
  vendorId: Type.String(),
  ...version,
  mapping: Type.Unknown({ description: 'As it was put, without its example, which is kept sealed.' }),
  versions: Type.Array(Type.Object(version)),
  example: Type.Optional(
    Type.Object(
      { results: Type.Integer(), lines: Type.Integer(), unmappedLabels: Type.Integer() },
      { description: 'What was read of the example; only in the answer to a PUT.' },
    ),
  ),
});
export type MappingAnswer = Static<typeof MappingAnswer>;

export const PutOrAsked = { 200: MappingAnswer, 201: MappingAnswer, 202: PendingApproval };

export const MappingQuery = closed({
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
});
export type MappingQuery = Static<typeof MappingQuery>;

export const VendorParams = SlugParams;

import { type Static, Type } from '@sinclair/typebox';
import { closed, listOf, oneOf, Timestamp, Uuid } from '../../platform/http/schemas';
import { IMPORT_SUBJECTS, type Mode, MODES } from './import';

/**
 * Names of sources and mappings stand in tables and URLs, so they may not look like a telephone number: they begin with
 * a letter, and hold no seven digits in a row.
 */
const NAME = '^(?!.*[0-9]{7})[a-z][a-z0-9._-]{0,62}$';
const Name = Type.String({ pattern: NAME, description: 'Lower-case letters, digits, `.`, `_` and `-`.' });

const MAX_COLUMNS = 40;

export const ImportQuery = closed({
  source: Type.String({ pattern: NAME, description: 'Whose list it is, e.g. `crm`.' }),
  mode: Type.Unsafe<Mode>({ type: 'string', enum: [...MODES], default: 'delta' }),
  dryRun: Type.Optional(
    Type.Boolean({ description: 'Only tells what would change. Default: true for `full`, else false.' }),
  ),
  charset: Type.Unsafe<string>({
    type: 'string',
    enum: ['UTF-8', 'utf-8', 'GB18030', 'gb18030'],
    default: 'UTF-8',
  }),
  delimiter: Type.Optional(
    Type.Unsafe<string>({
      type: 'string',
      enum: [',', ';', '|', '\t', 'tab'],
      description: 'Default: whichever the header line holds most of.',
    }),
  ),
  mapping: Type.Optional(Name),
  region: Type.Optional(
    Type.String({ pattern: '^[A-Z]{2}$', description: 'Where numbers without `+` were written.' }),
  ),
  maxShrinkPercent: Type.Number({
    minimum: 0,
    maximum: 100,
    default: 1,
    description: 'A full file that lacks more of what its source holds fails whole.',
  }),
  maxRejected: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'A full file of which more rows are rejected asks nobody to release what it lacks. Default: as many as in the last file that did.',
    }),
  ),
  expectRows: Type.Optional(
    Type.Integer({ minimum: 0, description: 'A file with another number of rows fails whole.' }),
  ),
});
export type ImportQuery = Static<typeof ImportQuery>;

export const MappingParams = closed({ name: Name });

const Texts = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: MAX_COLUMNS,
  additionalProperties: { type: 'string', minLength: 1, maxLength: 200 },
});

export const MappingBody = closed({
  subject: oneOf(IMPORT_SUBJECTS),
  columns: Type.Unsafe<Record<string, string>>({
    ...Texts,
    minProperties: 1,
    description: "Our column → the list's. Others of the list are left alone.",
  }),
  defaults: Type.Optional(
    Type.Unsafe<Record<string, string>>({
      ...Texts,
      description: 'What an empty or absent cell of our column means.',
    }),
  ),
});
export type MappingBody = Static<typeof MappingBody>;

export const MappingAnswer = Type.Object({
  name: Type.String(),
  subject: oneOf(IMPORT_SUBJECTS),
  columns: Type.Record(Type.String(), Type.String()),
  defaults: Type.Record(Type.String(), Type.String()),
  changedBy: Uuid,
  changedAt: Timestamp,
});
export type MappingAnswer = Static<typeof MappingAnswer>;
export const MappingList = listOf(MappingAnswer);

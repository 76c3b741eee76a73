import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { EVENT_SCHEMAS, EVENT_TYPES, published } from './event-schemas';

type Schema = { [keyword: string]: unknown };

const ajv = addFormats(new Ajv({ strict: true, strictTypes: false }));

/** As they may come: with and without the plus, grouped, national, in full-width digits, inside a sentence. */
const NUMBERS = [
  '+8613800138000',
  '8613800138000',
  '008613800138000',
  '+86 138 0013 8000',
  '+1 (415) 555-2671',
  'tel:+14155552671',
  '+４４７９１１１２３４５６',
  'Call me on +8613800138000.',
];

/** Every schema of a value that is neither object nor list, with where it stands. */
function leaves(schema: Schema, path: string): [string, Schema][] {
  const alternatives = schema['anyOf'] as Schema[] | undefined;
  if (alternatives !== undefined) return alternatives.flatMap((each) => leaves(each, path));
  if (schema['type'] === 'array') return leaves(schema['items'] as Schema, `${path}[]`);
  if (schema['type'] !== 'object') return [[path, schema]];
  const members = schema['properties'] as Record<string, Schema>;
  return Object.entries(members).flatMap(([name, each]) => leaves(each, `${path}/${name}`));
}

const all = EVENT_TYPES.flatMap((type) => leaves(EVENT_SCHEMAS[type] as unknown as Schema, type));
const isSlug = (schema: Schema): boolean => schema['pattern'] === '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

describe('schemas of events', () => {
  it('are closed, at every level', () => {
    const open = (schema: Schema, path: string): string[] => {
      if (schema['type'] === 'array') return open(schema['items'] as Schema, path);
      if (schema['type'] !== 'object') return [];
      const members = Object.entries(schema['properties'] as Record<string, Schema>);
      const inner = members.flatMap(([name, each]) => open(each, `${path}/${name}`));
      return schema['additionalProperties'] === false ? inner : [path, ...inner];
    };
    expect(EVENT_TYPES.flatMap((type) => open(EVENT_SCHEMAS[type] as unknown as Schema, type))).toEqual([]);
  });

  it('have no place for a phone number', () => {
    const taking = all.filter(([path, schema]) => {
      // The broker's own count, whatever is written.
      if (path === 'inbound.letter_kept.v1/offset') return false;
      const validate = ajv.compile(schema);
      const numeric = [8_613_800_138_000, 13_800_138_000, 14_155_552_671];
      const values = isSlug(schema) ? NUMBERS.filter((number) => !/^\d+$/.test(number)) : NUMBERS;
      return [...values, ...numeric].some((value) => validate(value));
    });
    expect(taking.map(([path]) => path)).toEqual([]);
  });

  it('let only ids that the institution chose be any word of digits', () => {
    const chosen = new Set(
      all.filter(([, schema]) => isSlug(schema)).map(([path]) => path.replace(/^.*\//, '')),
    );
    expect([...chosen].sort()).toEqual([
      'campaignId',
      'id',
      'mapping',
      'partitionKey',
      'scopeId',
      'vendorId',
      'version',
    ]);
  });

  it('are published open, for members that will be added', () => {
    const validate = ajv.compile(published(EVENT_SCHEMAS['wish.released.v1']) as object);
    const id = '0199aaaa-0000-7000-8000-000000000000';
    const released = {
      suppressionId: id,
      scope: 'group',
      channels: ['sms'],
      purposes: ['marketing'],
      source: 'customer',
      partitionKey: id,
    };
    expect(validate({ ...released, later: { added: true } })).toBe(true);
    expect(validate({ ...released, scope: 'all' })).toBe(false);
  });
});

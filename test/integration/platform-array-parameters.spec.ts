import fc from 'fast-check';
import { Client } from 'pg';
import { bareArray, byteaArray, textArray } from '../../src/platform/database/array-parameters';
import { createEmptyDatabase, type TestDatabase } from '../support/database';

const HARD = [
  '',
  'NULL',
  'null',
  '"',
  '\\',
  '{a,b}',
  'a,b',
  ' a ',
  "it's",
  '重庆 🙂',
  '\n\t',
  'é'.repeat(3_000),
];
const texts = fc.array(fc.option(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))));
const binaries = fc.array(fc.uint8Array().map((bytes) => Buffer.from(bytes)));

describe('arrays as parameters', () => {
  let owned: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    owned = await createEmptyDatabase();
    client = new Client({ connectionString: owned.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await owned.drop();
  });

  const back = async <T>(type: string, parameter: unknown): Promise<T[]> => {
    const sql = `SELECT array_agg(e ORDER BY i) AS got FROM unnest($1::${type}[]) WITH ORDINALITY AS u (e, i)`;
    const { rows } = await client.query<{ got: T[] | null }>(sql, [parameter]);
    return rows[0]?.got ?? [];
  };

  it('carry texts as they are, whatever stands in them', async () => {
    expect(await back('text', textArray(HARD))).toEqual(HARD);
    expect(await back('text', textArray([]))).toEqual([]);
    expect(await back('text', textArray([null, 'a', null]))).toEqual([null, 'a', null]);
    await fc.assert(
      fc.asyncProperty(texts, async (values) => {
        expect(await back('text', textArray(values))).toEqual(values);
      }),
    );
  });

  it('carry bytes as they are', async () => {
    await fc.assert(
      fc.asyncProperty(binaries, async (values) => {
        expect(await back('bytea', byteaArray(values))).toEqual(values);
      }),
    );
  });

  it('carry UUIDs and numbers without quotes', async () => {
    const ids = ['019a9b5e-1e00-7abc-8def-0123456789ab', null];
    expect(await back('uuid', bareArray(ids))).toEqual(ids);
    expect(await back('float8', bareArray([1_763_600_000_000, null, -1, 0.5]))).toEqual([
      1_763_600_000_000,
      null,
      -1,
      0.5,
    ]);
    expect(await back('uuid', bareArray([]))).toEqual([]);
  });
});

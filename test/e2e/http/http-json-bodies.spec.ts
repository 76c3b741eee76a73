import fc from 'fast-check';
import fastify, { type FastifyInstance } from 'fastify';
import type { AppError } from '../../../src/contracts/app-error';
import { BODY_LIMIT, readJsonBodies } from '../../../src/platform/http/json-body';
import * as validationErrors from '../../../src/platform/http/validation-errors';

jest.mock('../../../src/platform/http/validation-errors', () => {
  const actual = jest.requireActual<typeof validationErrors>('../../../src/platform/http/validation-errors');
  return { ...actual, pointerPart: jest.fn(actual.pointerPart) };
});
const pointerPart = jest.mocked(validationErrors.pointerPart);

describe('reading a JSON body', () => {
  let server: FastifyInstance;
  beforeAll(async () => {
    server = fastify({ bodyLimit: BODY_LIMIT });
    readJsonBodies(server);
    server.post('/', () => ({}));
    server.setErrorHandler((error: AppError, _request, reply) =>
      reply.code(422).send({ code: error.code, errors: error.errors }),
    );
    await server.ready();
  });
  afterAll(() => server.close());
  beforeEach(() => pointerPart.mockClear());

  const post = async (payload: string): Promise<{ status: number; text: string }> => {
    const { statusCode, body } = await server.inject({
      method: 'POST',
      url: '/',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    return { status: statusCode, text: body };
  };

  /** Just under the limit, with as many members as go in, whose names are dear to mask. */
  const large = (first: string): string => {
    const members = Array.from({ length: 50_000 }, (_, index) => `"1380013${8_000 + index}":[0]`);
    return `{"first":${first},${members.join(',')}}`;
  };

  it('makes pointers for no member of a large body that has a legal pair of escapes', async () => {
    const body = large('"\\ud83d\\ude00"');
    expect(body.length).toBeLessThan(BODY_LIMIT);
    expect((await post(body)).status).toBe(200);
    expect(pointerPart).not.toHaveBeenCalled();
  });

  it('makes one for the offender alone', async () => {
    const { status, text } = await post(large('[0,{"a/b":"\\ud83d"}]'));
    expect(status).toBe(422);
    expect(text).toContain('/first/1/a~1b');
    expect(pointerPart).toHaveBeenCalledTimes(3);
  });

  it('finds every unpaired half, whatever stands around it', async () => {
    const pieces = ['\\\\', '\\ud83d', '\\ude00', '\\uD83D\\uDE00', 'ud83d', 'a', '😀', '\\u0041', '\\u0000'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), async (parts) => {
        const body = `{"a":"${parts.join('')}"}`;
        const { a } = JSON.parse(body) as { a: string };
        const good = a.isWellFormed() && !a.includes('\u0000');
        expect({ body, status: (await post(body)).status }).toEqual({ body, status: good ? 200 : 422 });
      }),
      { numRuns: 2_000 },
    );
  });
});

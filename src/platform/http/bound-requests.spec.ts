import Fastify, { type FastifyInstance } from 'fastify';
import type { Actor } from '../../contracts/actor';
import { toAppError } from './to-app-error';
import { boundRequests } from './bound-requests';
import { PROBLEMS } from '../../contracts/problems';

const actorNamed = (clientId: string): Actor => ({ clientId, name: clientId, kind: 'system', roles: [] });

describe('requests under way', () => {
  let server: FastifyInstance;
  let finish: (() => void)[];
  beforeEach(() => {
    finish = [];
    server = Fastify();
    server.decorateRequest('actor', null);
    server.addHook('onRequest', (request, _reply, done) => {
      request.actor = actorNamed(String(request.headers['x-client']));
      done();
    });
    server.setErrorHandler((error, _request, reply) => {
      const { code, members } = toAppError(error);
      void reply.code(PROBLEMS[code].status).send({ code, ...members });
    });
    boundRequests(server, 2);
    const slowly = () => new Promise((resolve) => finish.push(() => resolve({})));
    server.get<{ Params: { callId: string } }>('/v1/calls/:callId', ({ params }) =>
      params.callId === 'now' ? Promise.resolve({}) : slowly(),
    );
    server.post('/v1/calls/authorize', slowly);
  });
  afterEach(() => server.close());

  const ask = (client: string) =>
    server.inject({ method: 'GET', url: '/v1/calls/1', headers: { 'x-client': client } });
  const begun = async (count: number): Promise<void> => {
    while (finish.length < count) await new Promise(setImmediate);
  };

  it('has a bound for each client, and counts until the answer', async () => {
    const first = [ask('a'), ask('a')];
    await begun(2);
    const refused = await ask('a');
    expect([refused.statusCode, refused.json()]).toEqual([429, { code: 'RATE_LIMITED', retryAfter: 1 }]);
    const other = ask('b');
    await begun(3);
    finish.forEach((end) => end());
    expect((await Promise.all([...first, other])).map(({ statusCode }) => statusCode)).toEqual([
      200, 200, 200,
    ]);
    const again = ask('a');
    await begun(4);
    finish[3]?.();
    expect((await again).statusCode).toBe(200);
  });

  it('counts what was asked by somebody who has gone until it is over', async () => {
    await server.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.server.address() as { port: number };
    const leave = new AbortController();
    const left = [0, 1].map(() =>
      fetch(`http://127.0.0.1:${port}/v1/calls/1`, {
        headers: { 'x-client': 'a' },
        signal: leave.signal,
      }).catch(() => 'gone'),
    );
    await begun(2);
    leave.abort();
    expect(await Promise.all(left)).toEqual(['gone', 'gone']);
    expect((await ask('a')).statusCode).toBe(429);
    finish.forEach((end) => end());
    const quick = () => server.inject({ method: 'GET', url: '/v1/calls/now', headers: { 'x-client': 'a' } });
    while ((await quick()).statusCode === 429) await new Promise(setImmediate);
    expect((await quick()).statusCode).toBe(200);
  });

  it('leaves decisions to their own queue', async () => {
    const asked = [0, 1, 2].map(() =>
      server.inject({ method: 'POST', url: '/v1/calls/authorize', headers: { 'x-client': 'a' } }),
    );
    await begun(3);
    finish.forEach((end) => end());
    expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  });
});

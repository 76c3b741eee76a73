import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { SmsConfig } from '../../src/config/load-config';
import { answerProblem } from '../../src/platform/http/problem-filter';
import { createLogger } from '../../src/platform/observability/logger';
import type { BodyBounds } from '../../src/services/sms/inbound-bodies';
import { demandSignatures, INBOUND_PATH, TWILIO_PATH } from '../../src/services/sms/signed-bodies';
import { eventually } from '../support/proofs/eventually';

const SECRET = 'a-secret';
const NOW = Date.parse('2026-11-24T10:00:00+08:00');
const SECONDS = String(NOW / 1_000);
const FORM = 'application/x-www-form-urlencoded';
const sign = (body: string): string =>
  `sha256=${createHmac('sha256', SECRET).update(`${SECONDS}.${body}`).digest('hex')}`;
const WELL_FORMED = { 'x-timestamp': SECONDS, 'x-signature': `sha256=${'0'.repeat(64)}` };
/** Longer than any test: what is not answered before was not answered in time. */
const NEVER = 60_000;

const servers: FastifyInstance[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

/** The two webhooks on a port, with nothing behind them. */
async function webhooks(
  bounds: Partial<BodyBounds> = {},
  sms: Partial<SmsConfig> = { webhookSecret: SECRET, twilioAuthToken: SECRET },
): Promise<number> {
  const server = Fastify({ forceCloseConnections: true });
  const log = createLogger('silent');
  server.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, log));
  demandSignatures(server, {
    sms: sms as SmsConfig,
    publicUrl: 'https://gate.example.com',
    now: () => NOW,
    bounds: { withinMs: NEVER, requests: 100, bytes: 1e9, ...bounds },
  });
  for (const path of [INBOUND_PATH, TWILIO_PATH]) server.post(path, () => ({ taken: true }));
  await server.listen({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  return (server.server.address() as AddressInfo).port;
}

/** Sends headers and the beginning of a body, and then nothing. */
function hang(port: number, path: string, headers: Record<string, string>, body = '') {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const seen = { text: '', closed: false };
  socket.on('data', (chunk: Buffer) => (seen.text += chunk.toString('utf8')));
  socket.on('error', () => undefined);
  socket.on('close', () => (seen.closed = true));
  const lines = Object.entries({ host: 'x', 'content-length': '1000', ...headers });
  socket.write(
    `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  if (body !== '') socket.write(body);
  return seen;
}

const answered = (seen: { text: string; closed: boolean }): Promise<string> =>
  eventually('an answer', async () => Promise.resolve(seen.closed && seen.text !== '' && seen.text));

function send(port: number, body: string): Promise<{ status: number; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        port,
        method: 'POST',
        path: INBOUND_PATH,
        agent: false,
        headers: {
          'content-type': 'application/json',
          'x-timestamp': SECONDS,
          'x-signature': sign(body),
        },
      },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

describe('a body that nobody has vouched for', () => {
  it.each<[string, string, Record<string, string>, Partial<SmsConfig>, number]>([
    ['no secret is set', INBOUND_PATH, WELL_FORMED, {}, 503],
    ['no token is set', TWILIO_PATH, { 'content-type': FORM, 'x-twilio-signature': 'x' }, {}, 503],
    ['there is no signature', INBOUND_PATH, {}, { webhookSecret: SECRET }, 401],
    [
      'the signature is none',
      INBOUND_PATH,
      { ...WELL_FORMED, 'x-signature': 'sha256=0' },
      { webhookSecret: SECRET },
      401,
    ],
    [
      'the time is not now',
      INBOUND_PATH,
      { ...WELL_FORMED, 'x-timestamp': String(NOW / 1_000 - 301) },
      { webhookSecret: SECRET },
      401,
    ],
    [
      'the signature is no SHA-1',
      TWILIO_PATH,
      { 'content-type': FORM, 'x-twilio-signature': 'AAAA' },
      { twilioAuthToken: SECRET },
      401,
    ],
    [
      'it is no form',
      TWILIO_PATH,
      { 'content-type': 'text/plain', 'x-twilio-signature': `${'A'.repeat(27)}=` },
      { twilioAuthToken: SECRET },
      415,
    ],
    [
      'it says that it is too long',
      TWILIO_PATH,
      { 'content-type': FORM, 'x-twilio-signature': `${'A'.repeat(27)}=`, 'content-length': '65537' },
      { twilioAuthToken: SECRET },
      413,
    ],
  ])('is not waited for where %s', async (_, path, headers, sms, status) => {
    const port = await webhooks({}, sms);
    expect(await answered(hang(port, path, headers))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('is given up when it does not come in time', async () => {
    const port = await webhooks({ withinMs: 100 });
    expect(await answered(hang(port, INBOUND_PATH, WELL_FORMED, '{'))).toMatch(/^HTTP\/1.1 400 /);
    expect((await send(port, '{}')).status).toBe(200);
  });

  it.each<[string, Partial<BodyBounds>]>([
    ['many', { requests: 3 }],
    ['long', { bytes: 302 }],
  ])('makes others come again when too %s are being read, and only then', async (_, bounds) => {
    const port = await webhooks(bounds);
    const slow = [1, 2, 3].map(() => hang(port, INBOUND_PATH, WELL_FORMED, 'x'.repeat(100)));
    await eventually('the place is full', async () => (await send(port, '{ }')).status === 429);
    expect(await send(port, '{ }')).toEqual({ status: 429, retryAfter: '1' });
    sockets.shift()?.destroy();
    await eventually('there is room again', async () => (await send(port, '{ }')).status === 200);
    expect(slow.filter(({ text }) => text !== '')).toEqual([]);
  });

  it('is a form of no more parameters than a message has', async () => {
    const port = await webhooks();
    const signed = { 'content-type': FORM, 'x-twilio-signature': `${'A'.repeat(27)}=` };
    const of = (pairs: number) => {
      const body = Array.from({ length: pairs }, (_, index) => `a${index}=`).join('&');
      return answered(
        hang(
          port,
          TWILIO_PATH,
          { ...signed, 'content-length': String(body.length), connection: 'close' },
          body,
        ),
      );
    };
    expect(await of(200)).toMatch(/^HTTP\/1.1 401 /);
    expect(await of(201)).toMatch(/^HTTP\/1.1 413 /);
  });
});

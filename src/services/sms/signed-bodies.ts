import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';
import type { SmsConfig } from '../../config/load-config';
import { AppError } from '../../contracts/app-error';
import { type Instant, MINUTE, SECOND } from '../../domain/time/instant';
import { BODY_LIMIT } from '../../platform/http/json-body';
import { bodySignature, sameSignature, twilioSignature } from '../../platform/keys/signatures';

const TOLERANCE = 5 * MINUTE;
const UNIX_SECONDS = /^\d{1,12}$/;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/i;
const FORM = 'application/x-www-form-urlencoded';

export const INBOUND_PATH = '/v1/sms/inbound';
export const TWILIO_PATH = '/v1/sms/inbound/twilio';

interface Signed {
  sms: SmsConfig;
  publicUrl: string;
  now: () => Instant;
}

/**
 * Judges the signatures of the open webhooks over the raw body, before anything of it is parsed: nobody unknown makes
 * us read anything, and what is forged, stale or cut short leaves no trace. Must be called before the routes are
 * registered, and touches no other route.
 */
export function demandSignatures(server: FastifyInstance, signed: Signed): void {
  server.addHook('onRoute', (route) => {
    const check = route.url === INBOUND_PATH ? generic : route.url === TWILIO_PATH ? twilio : undefined;
    if (check === undefined || route.method !== 'POST') return;
    const own = route.preParsing ?? [];
    route.preParsing = [
      async (request: FastifyRequest, _reply: unknown, payload: RequestPayload) => {
        const { raw, length } = await readAll(request, payload);
        return payloadOf(check(request, raw, signed), length);
      },
      ...(Array.isArray(own) ? own : [own]),
    ];
  });
}

/** `X-Signature` over `X-Timestamp` and the body (API.md, "People's wishes"). */
function generic(request: FastifyRequest, raw: Buffer, { sms, now }: Signed): Buffer {
  const secret = sms.webhookSecret;
  if (secret === undefined) throw notConfigured('SMS_WEBHOOK_SECRET');
  const timestamp = header(request, 'x-timestamp');
  const signature = header(request, 'x-signature');
  if (!UNIX_SECONDS.test(timestamp) || !SIGNATURE.test(signature)) {
    throw forged('Send X-Timestamp (Unix seconds) and X-Signature (sha256=<hex>).');
  }
  // The signature first: whether a time is right is told to nobody who could not have signed it.
  if (!sameSignature(signature.toLowerCase(), bodySignature(secret, timestamp, raw))) {
    throw forged('The signature is not that of this body.');
  }
  if (Math.abs(Number(timestamp) * SECOND - now()) > TOLERANCE) {
    throw forged('The timestamp is more than five minutes from now.');
  }
  return raw;
}

/** Twilio signs the URL it was given and the form; the form goes on as JSON, the one body that is parsed here. */
function twilio(request: FastifyRequest, raw: Buffer, { sms, publicUrl }: Signed): Buffer {
  const token = sms.twilioAuthToken;
  if (token === undefined) throw notConfigured('TWILIO_AUTH_TOKEN');
  const given = header(request, 'x-twilio-signature');
  if (given === '') throw forged('Send X-Twilio-Signature.');
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase();
  if (type !== FORM) throw new AppError('UNSUPPORTED_MEDIA_TYPE', { detail: `Twilio sends ${FORM} here.` });
  const form = new URLSearchParams(raw.toString('utf8'));
  const urls = spellingsOf(publicUrl + (request.raw.url ?? request.url));
  if (!urls.some((url) => sameSignature(given, twilioSignature(token, url, form)))) {
    throw forged('The signature is not that of this form at PUBLIC_URL.');
  }
  request.raw.headers['content-type'] = 'application/json';
  // The first of a parameter that is there several times; null prototype, so that no name is special.
  const members = Object.create(null) as Record<string, string>;
  for (const [name, value] of form) members[name] ??= value;
  return Buffer.from(JSON.stringify(members), 'utf8');
}

/** Twilio signs with the standard port or without it, depending on what it was configured with. */
function spellingsOf(url: string): string[] {
  const [, scheme, host, port, rest] = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)$/.exec(url) ?? [];
  if (scheme === undefined || host === undefined || rest === undefined) return [url];
  const bare = `${scheme}://${host}${rest}`;
  const standard = scheme === 'https' ? ':443' : ':80';
  return port === undefined ? [bare, `${scheme}://${host}${standard}${rest}`] : [url, bare];
}

async function readAll(
  request: FastifyRequest,
  payload: RequestPayload,
): Promise<{ raw: Buffer; length: number }> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  // Left open where we stop, so that the answer can still be sent.
  for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return { raw: Buffer.concat(chunks), length };
}

const tooLarge = (): AppError =>
  new AppError('TOO_LARGE', { detail: `A body has at most ${BODY_LIMIT} bytes.` });

/** The server compares with Content-Length what came over the wire, not what we hand on. */
function payloadOf(body: Buffer, receivedEncodedLength: number): RequestPayload {
  return Object.assign(Readable.from([body], { objectMode: false }), { receivedEncodedLength });
}

const header = (request: FastifyRequest, name: string): string => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
};

const forged = (detail: string): AppError => new AppError('UNAUTHENTICATED', { detail });

const notConfigured = (variable: string): AppError =>
  new AppError('DECISION_UNAVAILABLE', {
    detail: `This webhook takes nothing until ${variable} is set: nothing that comes here can be trusted.`,
  });

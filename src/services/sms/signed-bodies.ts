import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import type { SmsConfig } from '../../config/load-config';
import { AppError } from '../../contracts/app-error';
import { type Instant, MINUTE, SECOND } from '../../domain/time/instant';
import { BODY_LIMIT } from '../../platform/http/json-body';
import { bodySignature, sameSignature, twilioSignature } from '../../platform/keys/signatures';
import { type BodyBounds, InboundBodies, requireLength } from './inbound-bodies';

const TOLERANCE = 5 * MINUTE;
const UNIX_SECONDS = /^\d{1,12}$/;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/i;
/** Twenty bytes of HMAC-SHA1 in base64. */
const TWILIO_SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
const FORM = 'application/x-www-form-urlencoded';
/** A message of Twilio's has some thirty parameters, and a text of at most 1,600 characters. */
const FORM_LIMIT = 65_536;
const MAX_PAIRS = 200;

export const INBOUND_PATH = '/v1/sms/inbound';
export const TWILIO_PATH = '/v1/sms/inbound/twilio';

interface Signed {
  sms: SmsConfig;
  publicUrl: string;
  now: () => Instant;
  bounds?: BodyBounds;
}

/** A webhook's demands: what can be said before a body is read, and what it must be signed with. */
interface Demand {
  most: number;
  /** Judges the body, and gives what is handed on. */
  check: (raw: Buffer) => Buffer;
}

/**
 * Judges the signatures of the open webhooks over the raw body, before anything of it is parsed: what is forged, stale
 * or cut short leaves no trace. A body is read only where the headers already are what a signed one has, within bounds
 * of time and memory. Must be called before the routes are registered, and touches no other route.
 */
export function demandSignatures(server: FastifyInstance, signed: Signed): void {
  const bodies = new InboundBodies(signed.bounds);
  server.addHook('onRoute', (route) => {
    const demandOf = route.url === INBOUND_PATH ? generic : route.url === TWILIO_PATH ? twilio : undefined;
    if (demandOf === undefined || route.method !== 'POST') return;
    const own = route.preParsing ?? [];
    route.preParsing = [
      async (request: FastifyRequest, reply: FastifyReply, payload: RequestPayload) => {
        try {
          const { most, check } = demandOf(request, signed);
          requireLength(request.headers['content-length'], most);
          const { raw, length } = await bodies.read(payload, most);
          return payloadOf(check(raw), length);
        } catch (error) {
          // What is left of a body that we read no further must not keep the connection.
          void reply.header('connection', 'close');
          throw error;
        }
      },
      ...(Array.isArray(own) ? own : [own]),
    ];
  });
}

/** `X-Signature` over `X-Timestamp` and the body (API.md, "People's wishes"). */
function generic(request: FastifyRequest, { sms, now }: Signed): Demand {
  const secret = sms.webhookSecret;
  if (secret === undefined) throw notConfigured('SMS_WEBHOOK_SECRET');
  const timestamp = header(request, 'x-timestamp');
  const signature = header(request, 'x-signature');
  if (!UNIX_SECONDS.test(timestamp) || !SIGNATURE.test(signature)) {
    throw forged('Send X-Timestamp (Unix seconds) and X-Signature (sha256=<hex>).');
  }
  if (Math.abs(Number(timestamp) * SECOND - now()) > TOLERANCE) {
    throw forged('The timestamp is more than five minutes from now.');
  }
  return {
    most: BODY_LIMIT,
    check: (raw) => {
      if (sameSignature(signature.toLowerCase(), bodySignature(secret, timestamp, raw))) return raw;
      throw forged('The signature is not that of this body.');
    },
  };
}

/** Twilio signs the URL it was given and the form; the form goes on as JSON, the one body that is parsed here. */
function twilio(request: FastifyRequest, { sms, publicUrl }: Signed): Demand {
  const token = sms.twilioAuthToken;
  if (token === undefined) throw notConfigured('TWILIO_AUTH_TOKEN');
  const given = header(request, 'x-twilio-signature');
  if (!TWILIO_SIGNATURE.test(given)) throw forged('Send X-Twilio-Signature.');
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase();
  if (type !== FORM) throw new AppError('UNSUPPORTED_MEDIA_TYPE', { detail: `Twilio sends ${FORM} here.` });
  return {
    most: FORM_LIMIT,
    check: (raw) => {
      if (pairsIn(raw) > MAX_PAIRS) {
        throw new AppError('TOO_LARGE', { detail: `A form has at most ${MAX_PAIRS} parameters here.` });
      }
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
    },
  };
}

/** Counted in the bytes: nothing is built of a form that nobody has vouched for and that is too long. */
function pairsIn(raw: Buffer): number {
  let pairs = 1;
  for (let at = raw.indexOf('&'); at !== -1 && pairs <= MAX_PAIRS; at = raw.indexOf('&', at + 1)) pairs += 1;
  return pairs;
}

/** Twilio signs with the standard port or without it, depending on what it was configured with. */
function spellingsOf(url: string): string[] {
  const [, scheme, host, port, rest] = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)$/.exec(url) ?? [];
  if (scheme === undefined || host === undefined || rest === undefined) return [url];
  const bare = `${scheme}://${host}${rest}`;
  const standard = scheme === 'https' ? ':443' : ':80';
  return port === undefined ? [bare, `${scheme}://${host}${standard}${rest}`] : [url, bare];
}

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

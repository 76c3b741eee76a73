import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../../contracts/app-error';
import { allowSlowBody } from '../../../platform/http/slow-bodies';
import type { Format } from '../reading/read-rows';

const FORMAT_OF_TYPE: Readonly<Record<string, Format>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'text/plain': 'text',
};
const TYPES = Object.keys(FORMAT_OF_TYPE);

const UPLOADS = new Set(['suppressions', 'people', 'consents'].map((name) => `/v1/${name}/imports`));

/** For the description of the API: bodies that are read as they come, not as a whole. */
export const UPLOAD_BODY = {
  content: Object.fromEntries(TYPES.map((type) => [type, { schema: { description: 'A table, streamed.' } }])),
};

/**
 * Lets the uploads, and nothing else, take tables: their body is the stream itself, and has no limit but the upload's
 * own. Whatever else comes there is refused before it is read.
 */
export function takeUploads(server: FastifyInstance): void {
  server.addContentTypeParser(TYPES, (request, payload, done) => {
    if (!isUpload(request)) return done(unsupported('Send application/json.'));
    allowSlowBody(request);
    done(null, payload);
  });
  server.addHook('preParsing', (request, _reply, _payload, done) => {
    if (isUpload(request) && formatOf(request) === undefined) done(unsupported(`Send ${TYPES.join(', ')}.`));
    else done();
  });
}

export function formatOf(request: FastifyRequest): Format | undefined {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  return FORMAT_OF_TYPE[type.trim().toLowerCase()];
}

const isUpload = (request: FastifyRequest): boolean => UPLOADS.has(request.routeOptions.url ?? '');

const unsupported = (detail: string): AppError => new AppError('UNSUPPORTED_MEDIA_TYPE', { detail });

import type { FastifyInstance } from 'fastify';
import { AppError } from '../../contracts/app-error';

const FORM = 'application/x-www-form-urlencoded';
/** The buttons of our pages send nothing. */
const MOST = 1_024;

/**
 * Takes the empty forms of our own pages; whatever stands in them is not read. Everywhere else a form is what it was: a
 * content type that is not understood. Before the routes are registered.
 */
export function takeEmptyForms(server: FastifyInstance): void {
  server.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MOST }, (request, _body, done) => {
    if (request.routeOptions.url?.startsWith('/my/') === true) done(null, undefined);
    else done(new AppError('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send application/json.' }));
  });
}

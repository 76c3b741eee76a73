import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { version } from '../../../package.json';
import { ACCESS, accessOf } from '../../contracts/access';
import type { AccessEntry } from '../../contracts/access/entry';
import { describeProblems } from './describe-problems';

const DESCRIPTION = `The gate between campaign dialers and carriers: may this call be placed, and why not.
A refused call is a 200 with its reasons. A problem (RFC 9457) means "not decided: do not dial".`;

const UI = { title: 'Quietline', path: '/docs' } as const;

/** Serves /openapi.json and /docs from the very schemas that requests are judged by. Before any route is registered. */
export async function describeApi(server: FastifyInstance): Promise<void> {
  await server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: UI.title, version, description: DESCRIPTION },
      tags: [...new Set(ACCESS.map((entry) => entry.tag))].map((name) => ({ name })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A key of this gateway, or an OIDC token.' },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: describeRoute(schema ?? {}, String(route.method), url),
    }),
    transformObject: (document) =>
      'openapiObject' in document ? describeProblems(document.openapiObject) : document.swaggerObject,
  });
  await server.register(fastifySwaggerUi, { routePrefix: UI.path, staticCSP: true, logLevel: 'silent' });
  server.get('/openapi.json', (_request, reply) => reply.send(server.swagger()));
}

function describeRoute(schema: FastifySchema, method: string, url: string): FastifySchema {
  const entry = accessOf(method, url);
  if (entry === undefined || url.startsWith(UI.path)) return { hide: true };
  const { roles, summary, tag } = entry;
  const answers = schema.response as Record<string, unknown> | undefined;
  const described = {
    ...schema,
    operationId: operationId(entry),
    summary,
    tags: [tag],
    ...(answers === undefined ? {} : { response: withDescriptions(answers) }),
    ...(roles === 'open' ? {} : { security: [{ bearer: [] }], 'x-roles': [...roles] }),
  };
  return described;
}

const DESCRIPTIONS: Record<string, string> = {
  200: 'Done, or the answer.',
  201: 'Made.',
  202: 'Taken: another person decides, or a job does it.',
};

function withDescriptions(answers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [
      status,
      { description: DESCRIPTIONS[status] ?? 'The answer.', ...(schema as object) },
    ]),
  );
}

/** `POST /v1/campaigns/:id/scripts/:version/approve` → `postCampaignsIdScriptsVersionApprove`. */
function operationId({ method, path }: AccessEntry): string {
  const words = path.replace(/^\/v1/, '').match(/[A-Za-z]+/g) ?? [];
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

import { ACCESS } from '../../../src/contracts/access';
import { startApp, type TestApp } from '../../support/app';
import { expectStatus } from '../../support/http';

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security?: unknown;
  'x-roles'?: string[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}
interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  tags: { name: string }[];
}

describe('the API description', () => {
  let app: TestApp;
  let document: OpenApi;
  beforeAll(async () => {
    app = await startApp();
    document = await expectStatus(200, app.anonymous.get<OpenApi>('/openapi.json'));
  });
  afterAll(() => app.close());

  const operations = (): [string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );

  it('is OpenAPI 3.1 and describes every endpoint of the role table, each with its roles', () => {
    expect(document.openapi).toBe('3.1.0');
    const described = Object.fromEntries(
      operations().map(([name, operation]) => [name, operation['x-roles'] ?? 'open']),
    );
    const expected = ACCESS.filter((entry) => !entry.path.startsWith('/docs')).map(
      ({ method, path, roles }) => [`${method} ${path.replace(/:(\w+)/g, '{$1}')}`, roles],
    );
    expect(described).toEqual(Object.fromEntries(expected));
  });

  it('names every operation once, and every part of a path', () => {
    const ids = operations().map(([, operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, operation] of operations()) {
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, part]) => part);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect([name, declared.map((parameter) => parameter.name)]).toEqual([name, inPath]);
      expect(document.tags.map((tag) => tag.name)).toEqual(expect.arrayContaining(operation.tags));
    }
  });

  it('refers only to what is there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference,
    );
    expect(new Set(references)).toEqual(new Set(['#/components/schemas/Problem']));
    expect(document.components.schemas).toHaveProperty('Problem');
  });

  it('closes every object that a caller sends', () => {
    const open: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { type, additionalProperties } = schema as Record<string, unknown>;
      if (type === 'object' && additionalProperties === undefined) open.push(path);
      for (const [name, part] of Object.entries(schema)) walk(part, `${path}/${name}`);
    };
    for (const [name, operation] of operations()) walk(operation.requestBody, name);
    expect(open).toEqual([]);
  });

  it('says how to sign in, and which problems may come', () => {
    expect(document.components.securitySchemes).toHaveProperty('bearer');
    const make = document.paths['/v1/clients']?.['post'];
    expect(make?.security).toEqual([{ bearer: [] }]);
    expect(Object.keys(make?.responses ?? {})).toEqual(
      expect.arrayContaining(['201', '202', '400', '401', '403', '409', '413', '415', '422', '500', '503']),
    );
    expect(Object.keys(make?.responses['422']?.content ?? {})).toEqual(['application/problem+json']);
  });

  it('can be browsed without anything from elsewhere', async () => {
    const { status, text, headers } = await app.anonymous.get('/docs');
    expect(status).toBe(200);
    expect(text).toContain('swagger-ui');
    expect(text).not.toMatch(/https?:\/\/(?!localhost|127)/);
    expect(String(headers['content-security-policy'])).toContain("default-src 'self'");
  });
});

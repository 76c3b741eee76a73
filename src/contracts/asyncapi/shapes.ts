/** A JSON pointer within the document (RFC 6901). */
export function reference(...path: readonly string[]): { $ref: string } {
  return { $ref: `#/${path.map(escaped).join('/')}` };
}

/** The schema of the body of an endpoint, in the OpenAPI document that is served and kept beside this one. */
export function bodyOf(method: 'post' | 'put', path: string): { $ref: string } {
  const pointer = ['paths', path, method, 'requestBody', 'content', 'application/json', 'schema'];
  return { $ref: `./openapi.json#/${pointer.map(escaped).join('/')}` };
}

const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

export const TEXT = { type: 'string' };
export const TIME = { type: 'string', format: 'date-time' };

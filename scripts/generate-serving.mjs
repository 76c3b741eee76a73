/** `docs/serving.md`: which process answers which path, for whoever puts a reverse proxy in front of them. */
import { load } from './typescript.mjs';

const { ACCESS } = load('src/contracts/access');
const { SERVICES, servicesOf } = load('src/contracts/serving');

export function servingDocument() {
  const paths = new Map();
  for (const entry of ACCESS) {
    const [home, ...also] = servicesOf(entry);
    const known = paths.get(entry.path) ?? { home, methods: [], also: new Set() };
    known.methods.push(entry.method);
    for (const service of also) known.also.add(service);
    paths.set(entry.path, known);
  }
  const own = [...paths].filter(([, { also }]) => also.size < SERVICES.length - 1);
  const elsewhere = own.filter(([, { home }]) => home !== 'gateway');
  return [
    '# Which process serves what',
    '',
    'Made from `src/contracts/serving.ts`. With `ROLE=all` one process serves everything. Where the roles are processes of',
    'their own, any number of each, a reverse proxy sends each path to its role: the path alone decides, whatever the',
    'method. Every process answers `/health/live`, `/health/ready`, `/metrics`, `/openapi.json` and `/docs` of itself. A',
    'path at the wrong process is a 404 whose `servedBy` names the right one.',
    '',
    '## For a reverse proxy',
    '',
    'In this order; what matches nothing goes to `gateway`, also as a WebSocket (`/v1/calls/{callId}/live`).',
    '',
    '| path, as a regular expression | role |',
    '|---|---|',
    ...elsewhere.map(([path, { home }]) => `| \`${expressionOf(path)}\` | \`${home}\` |`),
    '',
    '## Every endpoint',
    '',
    '| path | methods | role | also answered by |',
    '|---|---|---|---|',
    ...own.map(
      ([path, { home, methods, also }]) =>
        `| \`${path.replace(/:(\w+)/g, '{$1}')}\` | ${methods.join(', ')} | \`${home}\` | ${[...also].map((service) => `\`${service}\``).join(', ')} |`,
    ),
    '',
  ].join('\n');
}

const expressionOf = (path) => `^${path.replace(/:\w+/g, '[^/]+').replace(/\/\*$/, '/.*')}$`;

import { readFile } from 'node:fs/promises';

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}
interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

const TOP = 40;

/** Where a function belongs, by the first pattern that its place matches. */
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ['idle', /^\(idle\)/],
  ['garbage collection', /^\(garbage collector\)/],
  ['cryptography', /node:internal\/crypto|node:crypto|platform\/keys|\/ids\/uuid|authorization-token/],
  ['record (canonical JSON, entry)', /decision-record|canonical-json|ledger\/entry|row-slots/],
  ['rules', /src\/domain\//],
  ['locking, reading, writing', /decision\.repository|locked-rows|decision-batch|platform\/database\//],
  ['queue and use case', /services\/decisions|services\/settings/],
  ['PostgreSQL driver', /node_modules\/pg|pg-protocol|pg-pool|pg-types/],
  ['authentication', /platform\/auth/],
  ['validation and bodies', /ajv|platform\/http\/(?:json-body|validation)|secure-json-parse/],
  ['answers (serialisation)', /fast-json-stringify|fastify-serializer|<anonymous script>|anonymous:/],
  ['bus', /platform\/bus/],
  ['metrics and logs', /prom-client|pino|platform\/observability|http-metrics/],
  ['Nest', /@nestjs|rxjs/],
  ['Fastify', /fastify|find-my-way|avvio|light-my-request/],
  ['HTTP of Node', /_http|node:internal\/http|llhttp|parserOnHeaders|http_/],
  [
    'sockets and streams',
    /node:net|stream|node:internal\/(?:stream_base|timers)|writev|writeBuffer|writeLatin1|writeUtf8/,
  ],
  ['event loop and promises', /node:internal\/process|async_hooks|node:events|timers/],
];

/** Prints self time by function and by group. `questions` is how many were answered while the profile was taken. */
export async function printProfile(file: string, questions: number): Promise<void> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const callers = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  const functions = new Map<string, number>();
  const groups = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    // `dispatch` is the profiler itself being started.
    if (frame === undefined || frame.functionName === 'dispatch') return;
    const spent = timeDeltas[index] ?? 0;
    const name = placeOf(frame);
    total += spent;
    functions.set(name, (functions.get(name) ?? 0) + spent);
    const group = groupOf(id, frames, callers);
    groups.set(group, (groups.get(group) ?? 0) + spent);
  });
  const listed = (title: string, times: Map<string, number>, most: number): string[] => [
    `\n${title} (share of wall time, µs a question)`,
    ...[...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([name, spent]) => {
        const share = ((spent / total) * 100).toFixed(1).padStart(6);
        return `${share} %  ${(spent / questions).toFixed(2).padStart(7)}  ${name}`;
      }),
  ];
  const lines = [...listed('By group', groups, 30), ...listed('By function', functions, TOP), '', file];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What a native function does is its caller's business. */
function groupOf(
  id: number,
  frames: ReadonlyMap<number, CallFrame>,
  callers: ReadonlyMap<number, number>,
): string {
  for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
    const frame = frames.get(at);
    const name = frame === undefined ? '' : placeOf(frame);
    const group = GROUPS.find(([, pattern]) => pattern.test(name));
    if (group !== undefined) return group[0];
  }
  return 'other';
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  const place = url.replace(/^.*\/(?=node_modules\/|src\/|migrations\/)/, '');
  return `${functionName === '' ? '(anonymous)' : functionName} ${place}${place === '' ? '' : `:${lineNumber + 1}`}`;
}

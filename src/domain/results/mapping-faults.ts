import { isKnownZone } from '../time/zones';
import type { ResultsMapping, TimeMember } from './mapping';
import { parsePointer, textOf, valuesAt } from './pointer';
import { readDialogue } from './read-dialogue';
import { rowsOf } from './read-result';
import { readVendorTime } from './vendor-time';

/** What is wrong with a member of a mapping, by its own pointer. */
export interface MappingFault {
  pointer: string;
  code: 'FORMAT' | 'NO_MATCH' | 'UNKNOWN_ZONE' | 'UNMAPPED_SPEAKER';
  detail: string;
}

const NOTHING = 'Leads to nothing in the example.';

/**
 * Tries a mapping on the example that came with it: a pointer that finds nothing there would find nothing in a year's
 * reports either, and nobody would know that no refusal is heard any more.
 */
export function mappingFaults(mapping: ResultsMapping, example: unknown): MappingFault[] {
  const faults: MappingFault[] = [];
  const rows = rowsFor(mapping, example, faults);
  const find = (name: string, pointer: string, within: readonly unknown[]): unknown[] => {
    const fault = (code: MappingFault['code'], detail: string): unknown[] => {
      faults.push({ pointer: name, code, detail });
      return [];
    };
    if (parsePointer(pointer) === undefined) return fault('FORMAT', 'Must be a JSON Pointer (RFC 6901).');
    const found = within.flatMap((value) => valuesAt(value, pointer)).filter((value) => value !== null);
    return found.length === 0 ? fault('NO_MATCH', NOTHING) : found;
  };
  find('/sessionId', mapping.sessionId, rows).forEach((value) => {
    if (textOf(value) === undefined)
      faults.push({ pointer: '/sessionId', code: 'NO_MATCH', detail: NOTHING });
  });
  for (const name of ['seconds', 'recording'] as const) {
    const pointer = mapping[name];
    if (pointer !== undefined) find(`/${name}`, pointer, rows);
  }
  for (const name of ['number', 'transferred'] as const) {
    const member = mapping[name];
    if (member !== undefined) find(`/${name}/at`, member.at, rows);
  }
  for (const kind of ['grade', 'tag', 'status'] as const) {
    mapping[kind]?.forEach((pointer, index) => find(`/${kind}/${index}`, pointer, rows));
  }
  for (const name of ['startedAt', 'answeredAt', 'endedAt'] as const) {
    const member = mapping[name];
    if (member !== undefined) faults.push(...timeFaults(name, member, find(`/${name}/at`, member.at, rows)));
  }
  const { dialogue } = mapping;
  if (dialogue !== undefined) {
    const lines = find('/dialogue/lines', dialogue.lines, rows).flat();
    find('/dialogue/text', dialogue.text, lines);
    find('/dialogue/speaker/at', dialogue.speaker.at, lines);
    faults.push(...speakerFaults(mapping, rows, faults));
  }
  return faults;
}

function rowsFor(mapping: ResultsMapping, example: unknown, faults: MappingFault[]): unknown[] {
  const { results } = mapping;
  if (results === undefined) return rowsOf(mapping, example);
  if (parsePointer(results) === undefined) {
    faults.push({ pointer: '/results', code: 'FORMAT', detail: 'Must be a JSON Pointer (RFC 6901).' });
    return [];
  }
  const rows = valuesAt(example, results).flat();
  if (rows.length === 0) faults.push({ pointer: '/results', code: 'NO_MATCH', detail: NOTHING });
  return rows;
}

function timeFaults(name: string, member: TimeMember, values: readonly unknown[]): MappingFault[] {
  if (member.format === 'local' && !isKnownZone(member.timeZone ?? '')) {
    const detail = 'A local time needs the time zone it is told by.';
    return [{ pointer: `/${name}/timeZone`, code: 'UNKNOWN_ZONE', detail }];
  }
  const unread = values.some((value) => value !== '' && readVendorTime(value, member) === undefined);
  if (!unread) return [];
  return [{ pointer: `/${name}/format`, code: 'FORMAT', detail: 'The example tells this time otherwise.' }];
}

/** Who speaks must be told apart: an agent heard as a customer would opt people out, the other way round nobody. */
function speakerFaults(
  mapping: ResultsMapping,
  rows: readonly unknown[],
  found: readonly MappingFault[],
): MappingFault[] {
  if (found.some((fault) => fault.pointer.startsWith('/dialogue'))) return [];
  const read = rows.map((row) => readDialogue(mapping, row));
  const faults: MappingFault[] = [];
  if (read.some((dialogue) => dialogue.unknownSpeakers.length > 0)) {
    const detail = 'The example has a speaker who is in neither list.';
    faults.push({ pointer: '/dialogue/speaker', code: 'UNMAPPED_SPEAKER', detail });
  }
  if (read.some((dialogue) => dialogue.fault)) {
    faults.push({
      pointer: '/dialogue/text',
      code: 'FORMAT',
      detail: 'A line of the example has no text there.',
    });
  }
  return faults;
}

import { isUtf8 } from 'node:buffer';
import type { ProblemCode, ProblemMember } from '../../contracts/problems';
import type { EventAttributes } from '../../contracts/events';
import type { Instant } from '../../domain/time/instant';
import { instantOf } from '../http/instants';
import { faultOfText } from '../http/json-body';
import type { BusEvent } from './event-bus';

/**
 * CloudEvents 1.0.2 on Kafka (Kafka Protocol Binding 1.0.2): we write binary mode and read binary and structured mode.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */

/** A record's content as a producer takes it and a consumer gets it. */
export interface EventMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** An event that somebody else wrote: well formed, and otherwise not yet known to be right. */
export interface ForeignEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: Instant;
  readonly subject?: string;
  readonly extensions: EventAttributes;
  /** The JSON value of its data; undefined where it has none. */
  readonly data: unknown;
}

/** Why a message is no event for us, with what could be read of whose it is. */
export interface MessageFault {
  readonly code: Extract<ProblemCode, 'MALFORMED' | 'INVALID' | 'TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE'>;
  readonly detail: string;
  readonly errors?: readonly ProblemMember[];
  readonly id?: string;
  readonly source?: string;
}

export type ReadMessage = { readonly event: ForeignEvent } | { readonly fault: MessageFault };

/** The most bytes of an event's data. */
export const MAX_DATA_BYTES = 65_536;
/** In structured mode the attributes stand around it. */
const MAX_ENVELOPE_BYTES = MAX_DATA_BYTES + 16_384;
const MAX_EXTENSIONS = 32;
const MOST_CHARACTERS = { id: 256, source: 512, type: 128, time: 64, subject: 256 } as const;
const MOST_OF_EXTENSION = 1_024;

const PREFIX = 'ce_';
const STRUCTURED = /^application\/cloudevents(?:\+([^;\s]+))?\s*(?:;(.*))?$/i;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;(.*))?$/i;
const UTF_8 = /^\s*charset\s*=\s*"?utf-8"?\s*$/i;
/** Section 3.1: names are lower-case letters and digits; 20 of them is what the specification promises to carry. */
const NAME = /^[a-z0-9]{1,20}$/;
/** Section 3.1, "String": no control characters, no noncharacters, no half of a surrogate pair. */
const BARRED = /\p{Cc}|\p{Noncharacter_Code_Point}/u;
const REQUIRED = ['id', 'source', 'type'] as const;
const OWN = new Set(['specversion', 'datacontenttype', 'dataschema', 'data', 'data_base64']);

type Attributes = ReadonlyMap<string, string>;

/** An event as it leaves: the value is exactly the bytes of its data. */
export function toMessage(event: BusEvent): EventMessage {
  const { data, datacontenttype, extensions, ...attributes } = event;
  const headers: Record<string, string> = { 'content-type': datacontenttype };
  for (const [name, value] of Object.entries({ ...extensions, ...attributes })) {
    if (value !== undefined) headers[PREFIX + name] = value;
  }
  return { key: event.partitionkey, value: Buffer.from(data, 'utf8'), headers };
}

/** Reads what came. Header names in lower case, as `InboundRecord` has them. Never throws. */
export function readMessage(message: Pick<EventMessage, 'value' | 'headers'>): ReadMessage {
  const contentType = message.headers['content-type'];
  const structured = contentType === undefined ? null : STRUCTURED.exec(contentType);
  if (structured === null) return readBinary(message, contentType);
  const [, format = 'json', parameters] = structured;
  if (format.toLowerCase() !== 'json' || !isUtf8Type(parameters)) {
    return { fault: unsupported('Of structured events only application/cloudevents+json is read.') };
  }
  return readStructured(message.value);
}

function readBinary(
  { headers, value }: Pick<EventMessage, 'value' | 'headers'>,
  contentType: string | undefined,
): ReadMessage {
  const attributes = new Map<string, string>();
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith(PREFIX)) attributes.set(name.slice(PREFIX.length), text);
  }
  return readEvent(attributes, contentType ?? attributes.get('datacontenttype'), () =>
    value.length === 0 ? { value: undefined } : readJson(value, MAX_DATA_BYTES, 'The data'),
  );
}

function readStructured(value: Buffer): ReadMessage {
  const read = readJson(value, MAX_ENVELOPE_BYTES, 'The event');
  if ('fault' in read) return read;
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) {
    return { fault: { code: 'MALFORMED', detail: 'The event is no JSON object.' } };
  }
  const envelope = new Map(Object.entries(read.value as Record<string, unknown>));
  const attributes = new Map<string, string>();
  const wrong: ProblemMember[] = [];
  for (const [name, member] of envelope) {
    // JSON format 1.0.2, section 2.2: null is the same as absent.
    if (name === 'data' || name === 'data_base64' || member === null) continue;
    if (isPlain(member)) attributes.set(name, String(member));
    else wrong.push(faultOf(name, 'TYPE', 'Must be a string.'));
  }
  const whose = whoseOf(attributes);
  if (wrong.length > 0) return { fault: { ...invalidEvent(wrong), ...whose } };
  if (envelope.has('data_base64')) {
    return { fault: { ...unsupported('data_base64 is not read: send data as JSON.'), ...whose } };
  }
  const data = envelope.get('data');
  return readEvent(attributes, attributes.get('datacontenttype'), () =>
    data !== undefined && Buffer.byteLength(JSON.stringify(data)) > MAX_DATA_BYTES
      ? { fault: tooLarge('The data', MAX_DATA_BYTES) }
      : { value: data },
  );
}

function readEvent(
  attributes: Attributes,
  contentType: string | undefined,
  read: () => { value: unknown } | { fault: MessageFault },
): ReadMessage {
  const whose = whoseOf(attributes);
  const wrong = faultsOfAttributes(attributes);
  if (wrong.length > 0) return { fault: { ...invalidEvent(wrong), ...whose } };
  const json = contentType === undefined ? undefined : JSON_TYPE.exec(contentType);
  if (json === null || !isUtf8Type(json?.[1])) {
    return { fault: { ...unsupported('The data must be application/json in UTF-8.'), ...whose } };
  }
  const data = read();
  if ('fault' in data) return { fault: { ...data.fault, ...whose } };
  const time = attributes.get('time');
  const subject = attributes.get('subject');
  const at = time === undefined ? undefined : instantOf(time);
  return {
    event: {
      id: attributes.get('id') ?? '',
      source: attributes.get('source') ?? '',
      type: attributes.get('type') ?? '',
      ...(at === undefined ? {} : { time: at }),
      ...(subject === undefined ? {} : { subject }),
      extensions: Object.fromEntries([...attributes].filter(([name]) => isExtension(name))),
      data: data.value,
    },
  };
}

function faultsOfAttributes(attributes: Attributes): ProblemMember[] {
  const wrong: ProblemMember[] = [];
  if (attributes.get('specversion') !== '1.0') {
    wrong.push(faultOf('specversion', 'VERSION', 'Must be 1.0.'));
  }
  for (const name of REQUIRED) {
    if (!attributes.has(name)) wrong.push(faultOf(name, 'REQUIRED', 'Every event has one.'));
  }
  for (const [name, text] of attributes) {
    const fault = faultOfAttribute(name, text);
    if (fault !== undefined) wrong.push(fault);
  }
  const extensions = [...attributes.keys()].filter(isExtension);
  if (extensions.length > MAX_EXTENSIONS) {
    wrong.push({ pointer: '', code: 'TOO_MANY', detail: `At most ${MAX_EXTENSIONS} extension attributes.` });
  }
  return wrong.slice(0, MAX_EXTENSIONS);
}

function faultOfAttribute(name: string, text: string): ProblemMember | undefined {
  // The name may be anything, so it is not repeated.
  if (!NAME.test(name)) {
    return { pointer: '', code: 'NAME', detail: 'Names are 1 to 20 lower-case letters and digits.' };
  }
  const most = isKeyOf(MOST_CHARACTERS, name) ? MOST_CHARACTERS[name] : MOST_OF_EXTENSION;
  if (text.length > most) return faultOf(name, 'LENGTH', `Has at most ${most} characters.`);
  if (text.length === 0 && !isExtension(name)) return faultOf(name, 'EMPTY', 'Must not be empty.');
  if (BARRED.test(text) || !text.isWellFormed()) {
    return faultOf(name, 'CHARACTER', 'Holds a character that attributes may not hold.');
  }
  if (name === 'time' && instantOf(text) === undefined) {
    return faultOf(name, 'FORMAT', 'Must be a time with an offset (RFC 3339).');
  }
  return undefined;
}

/** What names the event, where it can be repeated: so that an answer finds its question. */
function whoseOf(attributes: Attributes): { id?: string; source?: string } {
  const sound = (name: 'id' | 'source'): string | undefined => {
    const text = attributes.get(name);
    return text === undefined || faultOfAttribute(name, text) !== undefined ? undefined : text;
  };
  const [id, source] = [sound('id'), sound('source')];
  return { ...(id === undefined ? {} : { id }), ...(source === undefined ? {} : { source }) };
}

function readJson(bytes: Buffer, most: number, what: string): { value: unknown } | { fault: MessageFault } {
  if (bytes.length > most) return { fault: tooLarge(what, most) };
  if (!isUtf8(bytes)) return { fault: { code: 'MALFORMED', detail: `${what} is not UTF-8.` } };
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: { code: 'MALFORMED', detail: `${what} is not JSON.` } };
  }
  const fault = faultOfText(text, value);
  if (fault === undefined) return { value };
  return { fault: { code: 'INVALID', detail: fault.message, ...(fault.errors && { errors: fault.errors }) } };
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value);

const isExtension = (name: string): boolean => !isKeyOf(MOST_CHARACTERS, name) && !OWN.has(name);

function isKeyOf<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}

const isUtf8Type = (parameters: string | undefined): boolean =>
  parameters === undefined ||
  parameters
    .split(';')
    .filter((parameter) => /^\s*charset/i.test(parameter))
    .every((parameter) => UTF_8.test(parameter));

const faultOf = (attribute: string, code: string, detail: string): ProblemMember => ({
  pointer: `/${NAME.test(attribute) ? attribute : ''}`,
  code,
  detail,
});

const unsupported = (detail: string): MessageFault => ({ code: 'UNSUPPORTED_MEDIA_TYPE', detail });

const tooLarge = (what: string, most: number): MessageFault => ({
  code: 'TOO_LARGE',
  detail: `${what} has at most ${most} bytes.`,
});

const invalidEvent = (errors: ProblemMember[]): MessageFault => ({
  code: 'INVALID',
  detail: 'The attributes are not those of a CloudEvent 1.0.',
  errors,
});

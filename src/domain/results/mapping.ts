/** What a grade, a tag or a status can say of the customer's will (OPTOUT.md, "Speech"). `none`: nothing that obliges. */
export const WORD_MEANINGS = [
  'refuse_permanent',
  'refuse_now',
  'not_interested',
  'wrong_person',
  'human_request',
  'vulnerable',
  'complaint_threat',
  'none',
] as const;
export type WordMeaning = (typeof WORD_MEANINGS)[number];

/** What it can say of the call itself. */
export const CALL_MEANINGS = ['not_placed', 'no_answer', 'busy', 'answered', 'failed', 'voicemail'] as const;
export type CallMeaning = (typeof CALL_MEANINGS)[number];

export const MEANINGS = [...WORD_MEANINGS, ...CALL_MEANINGS] as const;
export type Meaning = WordMeaning | CallMeaning;

/** Members of a report whose values are a vendor's own words. */
export const LABELLED = ['grade', 'tag', 'status'] as const;
export type Labelled = (typeof LABELLED)[number];

export const TIME_FORMATS = ['unix_seconds', 'unix_millis', 'rfc3339', 'local'] as const;

export interface TimeMember {
  at: string;
  format: (typeof TIME_FORMATS)[number];
  /** Of `local`: the clock it is told by. */
  timeZone?: string;
}

/**
 * Where in a vendor's report of a call each thing lies (JSON Pointers from the result, of lines from the line), and what
 * the vendor's own words mean. Data, written by whoever integrates a vendor (docs/vendor-results.md).
 */
export interface ResultsMapping {
  /** Where the results lie in a body; absent: the body is one, or a list of them. */
  results?: string;
  sessionId: string;
  number?: { at: string; region?: string };
  grade?: readonly string[];
  tag?: readonly string[];
  status?: readonly string[];
  dialogue?: {
    lines: string;
    text: string;
    speaker: { at: string; customer: readonly string[]; agent: readonly string[] };
  };
  transferred?: { at: string; values: readonly string[] };
  startedAt?: TimeMember;
  answeredAt?: TimeMember;
  endedAt?: TimeMember;
  seconds?: string;
  recording?: string;
  labels: { readonly [K in Labelled]?: Readonly<Record<string, Meaning | readonly Meaning[]>> };
}

/** No mapping holds a longer label; of one that a report brings, the beginning tells whoever reads the alarm enough. */
export const LONGEST_LABEL = 200;

/** One way of writing a label: width and composition of characters carry no meaning (Unicode, UAX 15). */
export const plainLabel = (text: string): string =>
  text.length > LONGEST_LABEL
    ? `${text.slice(0, LONGEST_LABEL).normalize('NFKC').trim()}…`
    : text.normalize('NFKC').trim();

/** The words of a mapping as they are looked up. */
interface Lookup {
  meanings: Readonly<Record<Labelled, ReadonlyMap<string, readonly Meaning[]>>>;
  customer: ReadonlySet<string>;
  agent: ReadonlySet<string>;
}

/** Made once for a mapping: a report may hold as many words as fit into a body, and each is looked up. */
const LOOKUPS = new WeakMap<ResultsMapping, Lookup>();

function lookupOf(mapping: ResultsMapping): Lookup {
  const known = LOOKUPS.get(mapping);
  if (known !== undefined) return known;
  const { customer = [], agent = [] } = mapping.dialogue?.speaker ?? {};
  const { grade, tag, status } = mapping.labels;
  const made: Lookup = {
    meanings: { grade: byLabel(grade), tag: byLabel(tag), status: byLabel(status) },
    customer: new Set(customer.map(plainLabel)),
    agent: new Set(agent.map(plainLabel)),
  };
  LOOKUPS.set(mapping, made);
  return made;
}

/** All that a mapping says of words that are written alike holds. */
function byLabel(labels: ResultsMapping['labels'][Labelled] = {}): Map<string, Meaning[]> {
  const found = new Map<string, Meaning[]>();
  for (const [word, meanings] of Object.entries(labels)) {
    const plain = plainLabel(word);
    found.set(plain, [...new Set([...(found.get(plain) ?? []), meanings].flat())]);
  }
  return found;
}

/** Undefined for a label that the mapping does not know. */
export function meaningsOf(mapping: ResultsMapping, kind: Labelled, label: string): Meaning[] | undefined {
  const found = lookupOf(mapping).meanings[kind].get(plainLabel(label));
  return found === undefined ? undefined : [...found];
}

/** Whom a word for the speaker names; undefined where it is in neither list. */
export function speakerNamed(mapping: ResultsMapping, word: string): 'customer' | 'agent' | undefined {
  const { customer, agent } = lookupOf(mapping);
  if (customer.has(plainLabel(word))) return 'customer';
  return agent.has(plainLabel(word)) ? 'agent' : undefined;
}

/**
 * Builds `src/domain/phone/number-plan.generated.ts` from the metadata of libphonenumber-js.
 *
 * For the calling codes +86 and +1 every pattern of the metadata is compiled into one automaton over digits, whose
 * states say what the library would answer for the number read so far. Nothing is sampled: the automaton is the
 * patterns, so it agrees with the library for all 10^12 numbers, and `number-plan.spec.ts` checks that it does.
 *
 *   node scripts/build-number-plan.mjs           writes the file
 *   node scripts/build-number-plan.mjs --check   fails when the committed file differs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const metadata = require('libphonenumber-js/max/metadata');
const { version } = require('libphonenumber-js/package.json');
const target = fileURLToPath(new URL('../src/domain/phone/number-plan.generated.ts', import.meta.url));

/** Positions in the library's compressed plan of one country, as its own `metadata.js` reads them. */
const GENERAL_PATTERN = 2;
const LENGTHS = 3;
const LEADING_DIGITS = 10;
const TYPES = 11;
/** Positions in the list of types. */
const TYPE_NAMES = [
  'FIXED_LINE',
  'MOBILE',
  'TOLL_FREE',
  'PREMIUM_RATE',
  'PERSONAL_NUMBER',
  'VOICEMAIL',
  'UAN',
  'PAGER',
  'VOIP',
  'SHARED_COST',
];
/** The order in which the library asks for a type once a number is not a fixed line; the first match is the answer. */
const ASKED = [
  'MOBILE',
  'PREMIUM_RATE',
  'TOLL_FREE',
  'SHARED_COST',
  'VOIP',
  'PERSONAL_NUMBER',
  'PAGER',
  'UAN',
  'VOICEMAIL',
];
/** Outcomes 0 and 1 of every plan: the length is not covered here; the length is right and nothing is assigned. */
const ASK_LIBRARY = 0;
const UNASSIGNED = 1;

// ---- patterns: a Thompson automaton with one accepting mark a pattern ------------------------------------------

class Patterns {
  constructor() {
    this.digits = []; // state → [bit set of digits, next state] or undefined
    this.empty = []; // state → states reached without reading
    this.marks = []; // state → pattern number or undefined
    this.starts = [];
    this.count = 0;
  }

  state() {
    this.empty.push([]);
    return this.empty.length - 1;
  }

  /** Adds a pattern; `open` accepts whatever follows it, as the library does with leading digits. */
  add(source, open) {
    const start = this.state();
    this.starts.push(start);
    const reader = { source, at: 0 };
    const end = this.alternatives(reader, start);
    if (reader.at !== source.length) throw new Error(`unread rest of the pattern ${source}`);
    this.marks[end] = this.count;
    if (open) this.digits[end] = [0b1111111111, end];
    return this.count++;
  }

  alternatives(reader, start) {
    const end = this.state();
    do {
      this.empty[this.sequence(reader, start)].push(end);
    } while (reader.source[reader.at] === '|' && ++reader.at);
    return end;
  }

  sequence(reader, start) {
    let at = this.state();
    this.empty[start].push(at);
    while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at]))
      at = this.repeated(reader, at);
    return at;
  }

  repeated(reader, start) {
    const begin = reader.at;
    let at = this.atom(reader, start);
    const [text, min, max] = quantifier(reader.source, reader.at);
    const end = reader.at;
    const skips = min === 0 ? [start] : [];
    for (let i = 2; i <= max; i++) {
      if (i > min) skips.push(at);
      at = this.atom({ source: reader.source, at: begin }, at);
    }
    const out = this.state();
    for (const from of [...skips, at]) this.empty[from].push(out);
    reader.at = end + text.length;
    return out;
  }

  atom(reader, start) {
    const { source } = reader;
    const rest = source.slice(reader.at);
    if (rest.startsWith('(?:')) {
      reader.at += 3;
      const inner = this.state();
      this.empty[start].push(inner);
      const end = this.alternatives(reader, inner);
      if (source[reader.at++] !== ')') throw new Error(`unclosed group in ${source}`);
      return end;
    }
    const [text] = /^(?:\\d|\[[\d-]+\]|\d)/.exec(rest) ?? [];
    if (text === undefined) throw new Error(`cannot read ${rest} in ${source}`);
    reader.at += text.length;
    const from = this.state();
    const to = this.state();
    this.empty[start].push(from);
    this.digits[from] = [digitSet(text), to];
    return to;
  }

  /** All states reachable from these without reading, sorted, so that equal sets are equal lists. */
  closure(states) {
    const seen = new Set(states);
    for (const state of seen) for (const next of this.empty[state]) seen.add(next);
    return [...seen].sort((a, b) => a - b);
  }

  step(states, digit) {
    const next = states.flatMap((s) => (this.digits[s]?.[0] & (1 << digit) ? [this.digits[s][1]] : []));
    return this.closure(next);
  }

  matched(states) {
    return new Set(states.map((s) => this.marks[s]).filter((mark) => mark !== undefined));
  }
}

function quantifier(source, at) {
  const [text, optional, min, comma, max] = /^(?:(\?)|\{(\d+)(,(\d+))?\})?/.exec(source.slice(at));
  if (optional) return [text, 0, 1];
  if (min === undefined) return ['', 1, 1];
  return [text, Number(min), comma === undefined ? Number(min) : Number(max)];
}

function digitSet(text) {
  if (text === '\\d') return 0b1111111111;
  let set = 0;
  for (const [, from, to = from] of text.matchAll(/(\d)(?:-(\d))?/g)) {
    for (let digit = Number(from); digit <= Number(to); digit++) set |= 1 << digit;
  }
  return set;
}

// ---- what the library would answer -----------------------------------------------------------------------------

/** Compiles the plans of all countries that share a calling code and repeats the library's order of questions. */
function questions(callingCode) {
  const patterns = new Patterns();
  const countries = metadata.country_calling_codes[callingCode].map((country) => {
    const plan = metadata.countries[country];
    const types = new Map();
    TYPE_NAMES.forEach((name, i) => {
      const [pattern, lengths = plan[LENGTHS]] = plan[TYPES][i] || [];
      if (pattern) types.set(name, { mark: patterns.add(pattern), lengths });
    });
    const mobile = plan[TYPES][TYPE_NAMES.indexOf('MOBILE')];
    return {
      country,
      types,
      general: patterns.add(plan[GENERAL_PATTERN]),
      leading: plan[LEADING_DIGITS] ? patterns.add(plan[LEADING_DIGITS], true) : undefined,
      // A mobile pattern equal to the fixed-line one is left out or empty.
      mobileIsFixed: !mobile || mobile[0] === '',
    };
  });
  return { patterns, countries };
}

function typeOf({ types, general, mobileIsFixed }, matched, length) {
  const is = (name) => {
    const type = types.get(name);
    return type !== undefined && type.lengths.includes(length) && matched.has(type.mark);
  };
  if (!matched.has(general)) return undefined;
  if (is('FIXED_LINE')) return mobileIsFixed || is('MOBILE') ? 'FIXED_LINE_OR_MOBILE' : 'FIXED_LINE';
  return ASKED.find(is);
}

/** The first country whose leading digits or, where it has none, whose types fit; then the type within it. */
function answer(countries, matched, length) {
  const sole = countries.length === 1;
  for (const plan of countries) {
    const fits =
      sole || (plan.leading === undefined ? typeOf(plan, matched, length) : matched.has(plan.leading));
    if (!fits) continue;
    const type = typeOf(plan, matched, length);
    return type && `['${plan.country}', '${type}']`;
  }
  return undefined;
}

// ---- the automaton: acyclic, one level a digit, equal ends shared ----------------------------------------------

function automaton(callingCode, lengths) {
  const { patterns, countries } = questions(callingCode);
  const outcomes = [];
  const nodes = [];
  const known = new Map();
  const visited = new Map();
  const longest = Math.max(...lengths);

  const outcome = (states, length) => {
    if (!lengths.includes(length)) return ASK_LIBRARY;
    const text = answer(countries, patterns.matched(states), length);
    if (text === undefined) return UNASSIGNED;
    if (!outcomes.includes(text)) outcomes.push(text);
    return outcomes.indexOf(text) + 2;
  };
  const visit = (states, length) => {
    const place = `${length}:${states}`;
    const before = visited.get(place);
    if (before !== undefined) return before;
    const next =
      length === longest
        ? Array(10).fill(0)
        : Array.from({ length: 10 }, (_, digit) => visit(patterns.step(states, digit), length + 1));
    const key = `${outcome(states, length)}:${next}`;
    if (!known.has(key)) {
      nodes.push({ outcome: outcome(states, length), next });
      known.set(key, nodes.length);
    }
    visited.set(place, known.get(key));
    return known.get(key);
  };
  // Node 0 is the end of everything longer than the longest number; it asks the library and leads to itself.
  const start = visit(patterns.closure(patterns.starts), 0);
  return { start, outcomes, nodes: [{ outcome: ASK_LIBRARY, next: Array(10).fill(0) }, ...nodes] };
}

// ---- output ----------------------------------------------------------------------------------------------------

const WIDTH = 104;

function quoted(lines, indent) {
  return lines.map((line) => `${indent}'${line}',`).join('\n');
}

/** Words in lines of text that prettier leaves alone, to be read back with `split(' ')`. */
function words(list, indent) {
  const lines = [''];
  for (const word of list) {
    const last = lines.length - 1;
    if (lines[last].length + word.length >= WIDTH - indent.length) lines.push(word);
    else lines[last] += `${lines[last] && ' '}${word}`;
  }
  return `[\n${quoted(lines, `${indent}  `)}\n${indent}]`;
}

function rows(entries) {
  const lines = [];
  for (let i = 0; i < entries.length; i += 3) lines.push(`    ${entries.slice(i, i + 3).join(', ')},`);
  return lines.join('\n');
}

/** Numbers in base 36, all of the same width. */
function numbers(values, columns) {
  const text = values.map((value) => value.toString(36).padStart(columns, '0')).join('');
  if (text.length !== values.length * columns) throw new Error('a value does not fit its columns');
  return `[\n${quoted(text.match(new RegExp(`.{1,${WIDTH - 6}}`, 'g')), '    ')}\n  ]`;
}

function plan(name, comment, { start, outcomes, nodes }) {
  const columns = (nodes.length - 1).toString(36).length;
  const ends = nodes.map((node) => node.outcome);
  const steps = nodes.flatMap((node) => node.next);
  return `/** ${comment} */
export const ${name}: PlanTable = {
  start: ${start},
  columns: ${columns},
  outcomes: [
${rows(outcomes)}
  ],
  ends: ${numbers(ends, columns)},
  steps: ${numbers(steps, columns)},
};
`;
}

function render() {
  const china = automaton('86', metadata.countries.CN[LENGTHS]);
  const northAmerica = automaton('1', metadata.countries.US[LENGTHS]);
  const codes = [
    ...Object.keys(metadata.country_calling_codes),
    ...Object.keys(metadata.nonGeographic),
  ].sort();
  return `// Generated by scripts/build-number-plan.mjs from the metadata of libphonenumber-js ${version}. Do not edit.
import type { PhoneNumberType } from 'libphonenumber-js/max';

/** An automaton over digits; \`number-plan.ts\` reads it. Its numbers are in base 36, \`columns\` digits each. */
export interface PlanTable {
  readonly start: number;
  readonly columns: number;
  /** Country and type; the values of \`ends\` count them from 2. */
  readonly outcomes: readonly (readonly [string, PhoneNumberType])[];
  /** One value a node: 0 ask the library, 1 unassigned, else an outcome. */
  readonly ends: readonly string[];
  /** Ten values a node: where each digit leads. */
  readonly steps: readonly string[];
}

/** Every calling code of ITU-T E.164 that the library knows; none is the beginning of another. */
export const CALLING_CODES: readonly string[] = ${words(codes, '')};

/** The countries that share +1. */
export const NORTH_AMERICA_REGIONS: readonly string[] = ${words(metadata.country_calling_codes['1'], '')};

${plan('CHINA', `National numbers of ${metadata.countries.CN[LENGTHS].join(', ')} digits below +86.`, china)}
${plan('NORTH_AMERICA', `National numbers of ${metadata.countries.US[LENGTHS].join(', ')} digits below +1.`, northAmerica)}`;
}

const text = render();
if (process.argv.includes('--check')) {
  let committed = '';
  try {
    committed = readFileSync(target, 'utf8');
  } catch {
    // A missing file differs as well.
  }
  if (committed !== text) {
    console.error(`${target} is not what the metadata says: run node scripts/build-number-plan.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}

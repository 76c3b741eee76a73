import {
  LABELLED,
  type Labelled,
  type Meaning,
  plainLabel,
  type ResultsMapping,
  WORD_MEANINGS,
} from './mapping';

/** What binds or is heard by one mapping, and by the next no longer. */
export interface Loosened {
  /** The member of the mapping that it is about. */
  member: string;
  /** The vendor's own, where it is about one word. */
  word?: string;
  before?: Meaning[];
  after?: Meaning[];
}

/**
 * Where the mapping `after` would hear less than `before`, or let a word oblige to less. A refusal that a vendor reports
 * would be mapped away by it, so it takes two persons (RULINGS 24). More places and more duties take one.
 */
export function loosened(before: ResultsMapping, after: ResultsMapping): Loosened[] {
  return [
    ...lostPlaces(before, after),
    ...lostCustomers(before, after),
    ...LABELLED.flatMap((kind) => weakened(kind, before, after)),
  ];
}

/** Words of which the mapping says that they never oblige to anything: labels, and speakers who are never heard. */
export function silencedBy(mapping: ResultsMapping): { kind: Labelled | 'speaker'; text: string }[] {
  const agents = mapping.dialogue?.speaker.agent.map(plainLabel) ?? [];
  return [
    ...LABELLED.flatMap((kind) =>
      [...wordsOf(mapping, kind)]
        .filter(([, meanings]) => !meanings.some(binds))
        .map(([text]) => ({ kind, text })),
    ),
    ...agents
      .filter((word) => !speaks(mapping, 'customer', word))
      .map((text) => ({ kind: 'speaker' as const, text })),
  ];
}

/** A place where something is read. Elsewhere something else is, whatever it looks like in one example. */
function lostPlaces(before: ResultsMapping, after: ResultsMapping): Loosened[] {
  const [from, to] = [placesOf(before), placesOf(after)];
  const moved = Object.keys(from).filter(
    (member) => from[member] !== undefined && from[member] !== to[member],
  );
  // Without a place the whole body is read, so that naming one may leave the rest of it unread.
  if (before.results === undefined && after.results !== undefined) moved.push('results');
  const lists = LABELLED.filter((kind) =>
    before[kind]?.some((place) => after[kind]?.includes(place) !== true),
  );
  return [...moved, ...lists].map((member) => ({ member }));
}

const placesOf = ({ results, number, dialogue }: ResultsMapping): Record<string, string | undefined> => ({
  results,
  number: number?.at,
  'dialogue/lines': dialogue?.lines,
  'dialogue/text': dialogue?.text,
  'dialogue/speaker/at': dialogue?.speaker.at,
});

/** Whoever is no customer any more would be heard as nobody knows whom, until somebody calls that word an agent. */
const lostCustomers = (before: ResultsMapping, after: ResultsMapping): Loosened[] =>
  (before.dialogue?.speaker.customer ?? [])
    .filter((word) => !speaks(after, 'customer', word))
    .map((word) => ({ member: 'dialogue/speaker/customer', word }));

/** A word that is taken out counts as well: it could come back as one that means nothing. */
function weakened(kind: Labelled, before: ResultsMapping, after: ResultsMapping): Loosened[] {
  const now = wordsOf(after, kind);
  return [...wordsOf(before, kind)].flatMap(([word, from]) => {
    const to = now.get(word) ?? [];
    const lost = from.some((meaning) => binds(meaning) && !to.includes(meaning) && !covers(to, meaning));
    // It gives the call back to whoever placed it (RULINGS 5).
    const freed = to.includes('not_placed') && !from.includes('not_placed');
    return lost || freed ? [{ member: `labels/${kind}`, word, before: from, after: to }] : [];
  });
}

/** As `meaningsOf` finds them, all at once. */
function wordsOf({ labels }: ResultsMapping, kind: Labelled): Map<string, Meaning[]> {
  const words = new Map<string, Meaning[]>();
  for (const [label, meanings] of Object.entries(labels[kind] ?? {})) {
    const word = plainLabel(label);
    words.set(word, [...new Set([...(words.get(word) ?? []), ...[meanings].flat()])]);
  }
  return words;
}

const speaks = ({ dialogue }: ResultsMapping, who: 'customer' | 'agent', word: string): boolean =>
  dialogue?.speaker[who].map(plainLabel).includes(plainLabel(word)) ?? false;

/** Never again is more than not for a while. */
const covers = (meanings: readonly Meaning[], lost: Meaning): boolean =>
  meanings.includes('refuse_permanent') && (lost === 'refuse_now' || lost === 'not_interested');

const binds = (meaning: Meaning): boolean =>
  meaning !== 'none' && (WORD_MEANINGS as readonly Meaning[]).includes(meaning);

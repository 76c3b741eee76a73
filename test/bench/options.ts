import { parseArgs } from 'node:util';

/** What a run of the benchmark does. */
export interface BenchOptions {
  /** The last line is one JSON object. */
  json: boolean;
  /** Only the gateway at 256 connections, and where its time goes. */
  profile: boolean;
  people: number;
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
  /** Where to keep the seeded databases for a next run; a temporary directory otherwise. */
  data: string | undefined;
}

export const USAGE = `npm run bench -- [options]

  --json         the last line is one JSON object of figures and ratios
  --quick        a fifth of the people, three short rounds: to see that it runs, not to quote
  --profile      profile the gateway at 256 connections instead of comparing
  --people N     people in the large database (1000000)
  --rounds N     interleaved rounds, whose medians are reported (5)
  --seconds N    length of each measurement (4)
  --data DIR     keep the seeded databases there for the next run

npm run bench -- optout [--json] [--no-hint] [--errors]

  how well opt-outs are heard, by channel, language and label; needs no database

npm run bench -- imports [--rows N] [--json] [--profile]

  how fast lists of N rows (100000) load beside COPY, and how long decisions take meanwhile

npm run bench -- bus [--seconds N] [--json]

  questions by Kafka beside the batch endpoint, and two gateways beside one; needs Java 17 and Maven
`;

const MOST_ROUNDS = 6;

/** @throws Error with one line for the user. */
export function readOptions(args: readonly string[]): BenchOptions & { help: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      people: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      data: { type: 'string' },
    },
  });
  const { quick } = values;
  const people = numberOf('people', values.people, quick ? 200_000 : 1_000_000);
  // Everybody is asked once in an order that goes through 2s and 5s only (population.ts).
  if (!/^[12458]0{3,}$/.test(String(people))) {
    throw new Error('--people must be 1, 2, 4, 5 or 8 and at least three zeros.');
  }
  const rounds = numberOf('rounds', values.rounds, quick ? 3 : 5);
  // Later rounds would begin after the calling hours.
  if (rounds > MOST_ROUNDS) throw new Error(`--rounds must be at most ${MOST_ROUNDS}.`);
  return {
    json: values.json,
    profile: values.profile,
    help: values.help,
    people,
    rounds,
    seconds: numberOf('seconds', values.seconds, quick ? 1 : 4),
    warmUpSeconds: quick ? 0.3 : 1,
    data: values.data,
  };
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number.`);
}

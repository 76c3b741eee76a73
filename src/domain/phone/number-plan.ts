import { CHINA, NORTH_AMERICA, type PlanTable } from './number-plan.generated';
import { invalid, verdictOf, type NumberVerdict } from './number-verdict';
import type { WrittenNumber } from './written-number';

const ZERO = 0x30;
const ONE = 0x31;
const BASE = 36;

type Outcome = PlanTable['outcomes'][number];

/**
 * The numbering plan of one calling code as a table of steps, built ahead from the library's patterns (ARCHITECTURE,
 * hot path 2). It holds nothing from live traffic, so no number can change what is said of another.
 */
class NumberPlan {
  private readonly ends: Uint16Array;
  private readonly steps: Uint16Array;
  private readonly outcomes: readonly (Outcome | 'unassigned' | undefined)[];

  constructor(
    private readonly callingCode: string,
    private readonly table: PlanTable,
  ) {
    this.ends = unpack(table.ends, table.columns);
    this.steps = unpack(table.steps, table.columns);
    this.outcomes = [undefined, 'unassigned', ...table.outcomes];
  }

  /** Reads `digits` from `offset` to the end as a national number. Undefined: the table has no answer. */
  verdict(digits: string, offset: number): NumberVerdict | undefined {
    let node = this.table.start;
    for (let i = offset; i < digits.length; i++) {
      // Every node has ten steps and every step leads to a node, so no access leaves the arrays.
      node = this.steps[node * 10 + digits.charCodeAt(i) - ZERO] as number;
    }
    const outcome = this.outcomes[this.ends[node] as number];
    if (outcome === undefined) return undefined;
    if (outcome === 'unassigned') return invalid('unassigned');
    return verdictOf(outcome[0], outcome[1], this.callingCode, digits.slice(offset));
  }
}

function unpack(lines: readonly string[], columns: number): Uint16Array {
  const text = lines.join('');
  return Uint16Array.from({ length: text.length / columns }, (_, i) =>
    Number.parseInt(text.slice(i * columns, (i + 1) * columns), BASE),
  );
}

const china = new NumberPlan('86', CHINA);
const northAmerica = new NumberPlan('1', NORTH_AMERICA);

/**
 * The verdict on a number of China, the United States or Canada, without asking the library; undefined wherever the
 * library must be asked: other countries, unusual lengths, and every form of writing from which the library would
 * strip more than the prefix that is plainly there.
 */
export function verdictFromPlan(
  written: WrittenNumber,
  region: string | undefined,
): NumberVerdict | undefined {
  const { digits, international } = written;
  if (international) {
    if (digits.startsWith('86')) return fromChina(digits, 2);
    return digits.startsWith('1') ? fromNorthAmerica(digits, 1) : undefined;
  }
  if (region === 'CN') return fromChina(digits, chineseOffset(digits));
  if (region !== 'US' && region !== 'CA') return undefined;
  return fromNorthAmerica(digits, digits.charCodeAt(0) === ONE ? 1 : 0);
}

/**
 * Where the national number begins in what was dialled within China: after 0086, 86 or 0. Seven or eight digits from
 * 86 may be a local number, and the library leaves them whole.
 */
function chineseOffset(digits: string): number {
  if (digits.startsWith('0086')) return 4;
  if (digits.startsWith('86')) return digits.length > 8 ? 2 : 0;
  return digits.charCodeAt(0) === ZERO ? 1 : 0;
}

/** The library takes a leading 0, and 11xxx, 12xxx and 179xx as carrier selection, off a Chinese number. */
function fromChina(digits: string, offset: number): NumberVerdict | undefined {
  const first = digits.charCodeAt(offset);
  if (first === ZERO) return undefined;
  if (first === ONE) {
    const second = digits.charCodeAt(offset + 1);
    if (second === ONE || second === ONE + 1) return undefined;
    if (digits.startsWith('179', offset)) return undefined;
  }
  return china.verdict(digits, offset);
}

/** 0 begins no number here, but in the United States and Canada it may begin 011, the way out to other countries. */
function fromNorthAmerica(digits: string, offset: number): NumberVerdict | undefined {
  return digits.charCodeAt(offset) === ZERO ? undefined : northAmerica.verdict(digits, offset);
}

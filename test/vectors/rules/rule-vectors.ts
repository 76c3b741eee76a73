import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionFacts } from '../../../src/domain/decision/facts';
import type { Pack } from '../../../src/domain/policy/pack';
import { policyFrom, type Policy } from '../../../src/domain/policy/policy';
import { shippedPolicyBody } from '../../../src/packs/load-packs';

/** A JSON merge patch (RFC 7396): members replace, `null` removes, lists are replaced whole. */
export interface Patch {
  [member: string]: unknown;
}

export interface RuleVector {
  id: string;
  source: string;
  at: string;
  facts?: Patch;
  expect: {
    outcome: 'allow' | 'deny' | 'defer';
    objections?: [code: string, rule: string, until?: string][];
    notBefore?: string;
    notBeforeCoarse?: string;
    expiresAt?: string;
    verdicts?: Record<string, string>;
    candidates?: [jurisdiction: string, timeZone: string, from: string][];
    obligations?: object;
    coarse?: string[];
  };
}

export interface RuleVectorFile {
  title: string;
  packs?: string[];
  facts?: Patch;
  vectors: RuleVector[];
}

const FOLDER = __dirname;
const OTHER_FILES = ['base.json', 'rule-vectors.schema.json'];

export const readJson = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join(FOLDER, ...path), 'utf8'));

/** Every vector file of this folder by its name. */
export function ruleVectorFiles(): [string, RuleVectorFile][] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && !OTHER_FILES.includes(name))
    .map((name) => [name, readJson(name) as RuleVectorFile]);
}

export const testPack = (name: string): Pack => readJson('packs', `${name}.json`) as Pack;

/** The shipped policy and, beside it, packs of this folder. */
export function policyWith(packs: readonly string[] = []): Policy {
  return policyOf(packs.map(testPack));
}

/** The shipped policy with packs added, or put in the place of those of the same id. */
export function policyOf(packs: readonly Pack[]): Policy {
  const body = shippedPolicyBody();
  const shipped = body.packs.filter(({ id }) => packs.every((pack) => pack.id !== id));
  return policyFrom({ ...body, packs: [...shipped, ...packs] }, 'test');
}

/** An ordinary marketing call to a consenting person on Friday 2026-11-20 at 10:00, with patches applied in order. */
export function callFacts(...patches: (Patch | undefined)[]): DecisionFacts {
  const patched = patches.reduce<unknown>(
    (facts, patch) => (patch ? merge(facts, patch) : facts),
    readJson('base.json'),
  );
  return withInstants(patched) as DecisionFacts;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Patch = isObject(target) ? { ...target } : {};
  for (const [member, value] of Object.entries(patch)) {
    if (value === null) delete result[member];
    else result[member] = merge(result[member], value);
  }
  return result;
}

const isObject = (value: unknown): value is Patch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Vectors write instants as people read them. */
function withInstants(value: unknown): unknown {
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : value;
  if (Array.isArray(value)) return value.map(withInstants);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, content]) => [member, withInstants(content)]),
  );
}

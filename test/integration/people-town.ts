import { type Purpose, PURPOSES } from '../../src/domain/decision/purpose';
import type { Actor } from '../../src/contracts/actor';
import type { SubjectFacts } from '../../src/domain/decision/facts';
import type { E164 } from '../../src/domain/phone/e164';
import { Database, type Tx } from '../../src/platform/database/database';
import { Keyring } from '../../src/platform/keys/keyring';
import { RecordConsent } from '../../src/services/people/consents/record-consent';
import { PutPerson } from '../../src/services/people/people/put-person';
import {
  type RecordedWish,
  SubjectsPort,
  WishesPort,
  type WordTarget,
} from '../../src/services/people/subjects.port';
import type { TestApp } from '../support/app';
import { freshNumber } from '../support/bank';
import { type Act, at, NUMBERS, PEOPLE } from './people-model';

export const OFFICER: Actor = {
  clientId: '00000000-0000-7000-8000-00000000000a',
  name: 'Officer of a test',
  kind: 'person',
  roles: ['compliance'],
};

let lastTown = 0;

/** A few customers and numbers of their own in a real database, moved by the product's use cases. */
export class RealTown {
  readonly numbers = Array.from({ length: NUMBERS }, () => freshNumber() as E164);
  readonly customers: string[];
  /** By the id of the wish or consent, as it was first recorded. */
  readonly labels = new Map<string, number>();
  readonly database: Database;
  private readonly keyring: Keyring;
  private readonly people: PutPerson;
  private readonly wishes: WishesPort;
  private readonly consents: RecordConsent;
  private readonly subjects: SubjectsPort;

  constructor(app: TestApp) {
    const town = lastTown++;
    this.customers = Array.from({ length: PEOPLE }, (_, person) => `T-${town}-${person}`);
    this.database = app.nest.get(Database);
    this.keyring = app.nest.get(Keyring);
    this.people = app.nest.get(PutPerson);
    this.wishes = app.nest.get(WishesPort);
    this.consents = app.nest.get(RecordConsent);
    this.subjects = app.nest.get(SubjectsPort);
  }

  async do(act: Act): Promise<void> {
    switch (act.kind) {
      case 'wish by number':
        await this.wish({ number: at(this.numbers, act.number) }, act.label);
        break;
      case 'wish by person':
        await this.wish({ customerId: at(this.customers, act.person) }, act.label);
        break;
      case 'consent by number':
        await this.consent({ number: at(this.numbers, act.number) }, act.label).catch(refusedForHousehold);
        break;
      case 'consent by person':
        await this.consent({ customerId: at(this.customers, act.person) }, act.label);
        break;
      case 'call':
        await this.database.transaction((tx) => this.call(tx, act.number, act.label));
        break;
      case 'put':
        await this.database.transaction((tx) => this.put(tx, act.person, act.numbers));
    }
  }

  put(tx: Tx, person: number, numbers: readonly number[]): Promise<unknown> {
    return this.people.put(tx, {
      customerId: at(this.customers, person),
      numbers: numbers.map((number) => at(this.numbers, number)),
      known: {},
      actor: OFFICER,
    });
  }

  /** Each of a matter of its own: what is said again is not written again (people-repeats.spec.ts). */
  async wish(target: WordTarget, label: number): Promise<RecordedWish> {
    const made = await this.database.transaction((tx) =>
      this.wishes.recordWish(tx, {
        target,
        purposes: matterOf(label),
        source: 'customer',
        reason: `wish ${label}`,
        actor: OFFICER,
      }),
    );
    this.labels.set(made.id, label);
    return made;
  }

  /** The row that holds a number now; undefined for a number never seen. */
  async rowOf(
    number: number,
  ): Promise<{ id: string; facts: SubjectFacts; slots: { callId: string }[] } | undefined> {
    const [row] = await this.database.query<{ id: string; facts: SubjectFacts; slots: { callId: string }[] }>(
      'SELECT s.id, s.facts, s.slots FROM numbers n JOIN subjects s ON s.id = n.subject_id WHERE n.tag = $1',
      [this.keyring.tagOfNumber(at(this.numbers, number))],
    );
    return row;
  }

  /** What was said first, of copies that went on when a number and a person parted. */
  async labelOf(wishId: string): Promise<number> {
    const known = this.labels.get(wishId);
    if (known !== undefined) return known;
    const [row] = await this.database.query<{ carried_from: string }>(
      'SELECT carried_from FROM suppressions WHERE id = $1',
      [wishId],
    );
    if (row === undefined) throw new Error('A wish on a row that history does not know.');
    return this.labelOf(row.carried_from);
  }

  private async consent(target: WordTarget, label: number): Promise<void> {
    const made = await this.database.transaction((tx) =>
      this.consents.grant(tx, {
        target,
        scope: { kind: 'entity', id: 'bank' },
        purposes: ['marketing'],
        channels: ['voice_ai'],
        attributes: { express: true },
        grantedAt: 0,
        evidence: { source: 'test' },
        actor: OFFICER,
      }),
    );
    this.labels.set(made.id, label);
  }

  private async call(tx: Tx, number: number, label: number): Promise<void> {
    const e164 = at(this.numbers, number);
    const subjectId = (await this.subjects.admitNumbers(tx, [e164])).get(e164) ?? '';
    const [row] = await this.subjects.lock(tx, [subjectId]);
    if (row === undefined) throw new Error('An admitted number has no row.');
    const decidedAt = label;
    await this.subjects.saveSlots(tx, row.id, [
      ...row.slots,
      { callId: `call-${label}`, campaignId: 'c', purpose: 'marketing', decidedAt, expiresAt: decidedAt + 1 },
    ]);
  }
}

function refusedForHousehold(error: unknown): void {
  if (!(error instanceof Error) || !error.message.includes('Several customers')) throw error;
}

/** What must hold of the tables at any time, whatever was done. Returns what does not. */
export async function contradictions(app: TestApp): Promise<string[]> {
  const checks: [string, string][] = [
    [
      'a number is not among the tags of its row',
      `SELECT n.id FROM numbers n JOIN subjects s ON s.id = n.subject_id WHERE position(n.tag IN s.tags) = 0`,
    ],
    [
      'a row names a tag that is not its own',
      `SELECT s.id FROM subjects s WHERE length(s.tags) <> 32 * (SELECT count(*) FROM numbers WHERE subject_id = s.id)`,
    ],
    [
      'history says otherwise than the number',
      `SELECT n.id FROM numbers n LEFT JOIN subject_numbers h ON h.number_id = n.id AND h.to_at IS NULL
       WHERE h.subject_id IS DISTINCT FROM n.subject_id`,
    ],
    [
      'stretches of history overlap or run backwards',
      `SELECT a.number_id FROM subject_numbers a JOIN subject_numbers b ON b.number_id = a.number_id AND b.from_at > a.from_at
       WHERE a.to_at IS NULL OR a.to_at > b.from_at
       UNION ALL SELECT number_id FROM subject_numbers WHERE to_at <= from_at`,
    ],
    [
      'a merged row still holds something',
      `SELECT id FROM subjects WHERE merged_into IS NOT NULL AND (slots::text <> '[]' OR facts::text LIKE '%"id"%' OR length(tags) > 0)`,
    ],
    [
      'claims and rows disagree',
      `SELECT n.id FROM numbers n JOIN subjects s ON s.id = n.subject_id
       WHERE ARRAY(SELECT c.person_id::text FROM people_numbers c WHERE c.number_id = n.id AND c.to_at IS NULL ORDER BY 1)
         <> ARRAY(SELECT p->>'personId' FROM json_array_elements(s.facts->'persons') p ORDER BY 1)`,
    ],
    [
      'a wish on a row is unknown to history',
      `SELECT w->>'id' FROM subjects s, json_array_elements(s.facts->'wishes') w
       WHERE NOT EXISTS (SELECT FROM suppressions p WHERE p.id = (w->>'id')::uuid)`,
    ],
    [
      'a word has no event of its own record',
      `SELECT p.id FROM suppressions p LEFT JOIN events e ON e.event_id = p.event_id AND e.subject_id = p.subject_id
       WHERE e.event_id IS NULL`,
    ],
  ];
  const found: string[] = [];
  for (const [what, sql] of checks) {
    const rows = await app.nest.get(Database).query(sql);
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return found;
}

/** Marketing, and what else the bits of a label say. */
function matterOf(label: number): Purpose[] {
  const others = PURPOSES.filter((purpose) => purpose !== 'marketing');
  return ['marketing', ...others.filter((_, bit) => (label & (1 << bit)) !== 0)];
}

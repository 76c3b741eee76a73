import type { Slot } from '../../../src/domain/decision/facts';
import { canonicalJson, type Json } from '../../../src/domain/ledger/canonical-json';
import type { Instant } from '../../../src/domain/time/instant';
import type { Keyring } from '../../../src/platform/keys/keyring';
import { connect, emptied } from './connect';
import { CopyIn } from './copy-in';
import { numberOf, type Person, personOf, VENDOR } from './population';

/** Tables that are copied from here, with their columns; all others follow from these. */
export const COPIED = {
  subjects: 'id, kind, tags, facts, slots, wrapping_key, created_at',
  numbers: 'id, tag, tag_version, sealed, subject_id',
  people: 'person_id, customer_tag, customer_sealed, created_at',
  'ordinary.wishes': 'id, person_id, scope_kind, scope_id, channels, purposes, source, recorded_at',
  'ordinary.consents': 'id, person_id, scope_kind, scope_id, purposes, channels, attributes, granted_at',
  'ordinary.calls':
    'id, person_id, client_id, external_call_id, campaign_id, vendor_id, purpose, outcome, codes, policy_version, ' +
    'decided_at, expires_at, placed_at, answered, ended_at',
} as const;
type CopiedTable = keyof typeof COPIED;

const PAST_POLICY = `sha256:${'0'.repeat(64)}`;

/** Writes everybody into the gateway's tables and into the ordinary ones, from the same values. */
export async function copyPeople(
  url: string,
  keyring: Keyring,
  population: number,
  clientId: string,
): Promise<void> {
  checkCanonical(population);
  const tables = Object.keys(COPIED) as CopiedTable[];
  const clients = await Promise.all(tables.map(() => connect(url)));
  try {
    const copies = {} as Record<CopiedTable, CopyIn>;
    for (const [index, client] of clients.entries()) {
      const table = tables[index] ?? 'subjects';
      await client.query('BEGIN');
      for (const statement of emptied(table)) await client.query(statement);
      copies[table] = new CopyIn(client, `COPY ${table} (${COPIED[table]}) FROM STDIN`);
    }
    for (let index = 0; index < population; index++) {
      for (const [table, row] of rowsOf(index, personOf(index, population), keyring, clientId)) {
        const wait = copies[table].row(row);
        if (wait !== undefined) await wait;
      }
    }
    for (const table of tables) await copies[table].end();
    for (const client of clients) await client.query('COMMIT');
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

function* rowsOf(
  index: number,
  person: Person,
  keyring: Keyring,
  clientId: string,
): Iterable<[CopiedTable, string]> {
  const { subjectId, facts, slots } = person;
  const tag = bytea(keyring.tagOfNumber(person.number));
  const key = bytea(keyring.newSubjectKey());
  const at = time(person.admittedAt);
  yield [
    'subjects',
    `${subjectId}\tperson\t${tag}\t${JSON.stringify(facts)}\t${JSON.stringify(slots)}\t${key}\t${at}`,
  ];
  const sealed = bytea(keyring.sealIdentifier(person.number));
  yield ['numbers', `${person.numberId}\t${tag}\t1\t${sealed}\t${subjectId}`];
  yield ['people', `${subjectId}\t${bytea(keyring.tagOfCustomer(`C-${index}`))}\t${sealed}\t${at}`];
  for (const { id, scope, channels, purposes, source, recordedAt } of facts.wishes) {
    const about = scope.kind === 'group' ? 'group\t\\N' : `${scope.kind}\t${scope.id}`;
    yield [
      'ordinary.wishes',
      `${id}\t${subjectId}\t${about}\t{${channels.join(',')}}\t{${purposes.join(',')}}\t${source}\t${time(recordedAt)}`,
    ];
  }
  for (const { id, scope, channels, purposes, attributes, grantedAt } of facts.grants) {
    const head = `${id}\t${subjectId}\t${scope.kind}\t${scope.id}\t{${purposes.join(',')}}\t{${channels.join(',')}}`;
    yield ['ordinary.consents', `${head}\t${JSON.stringify(attributes)}\t${time(grantedAt)}`];
  }
  for (const slot of slots) yield ['ordinary.calls', callRow(slot, subjectId, clientId)];
}

function callRow(slot: Slot, subjectId: string, clientId: string): string {
  const { callId, campaignId, purpose, decidedAt, expiresAt, placedAt, answered, endedAt } = slot;
  return (
    `${callId}\t${subjectId}\t${clientId}\tpast-${callId}\t${campaignId}\t${VENDOR}\t${purpose}\tallow\t{}\t${PAST_POLICY}` +
    `\t${time(decidedAt)}\t${time(expiresAt)}\t${time(placedAt)}\t${String(answered)}\t${time(endedAt)}`
  );
}

const time = (at: Instant | undefined): string => (at === undefined ? '\\N' : new Date(at).toISOString());

/** In the text format a backslash is written twice. */
const bytea = (bytes: Buffer): string => `\\\\x${bytes.toString('hex')}`;

/** The decision's record takes the text of a row over as it is, so it must be canonical there already. */
function checkCanonical(population: number): void {
  for (let index = 0; index < Math.min(40, population); index++) {
    const { facts, slots } = personOf(index, population);
    for (const value of [facts, slots] as unknown as Json[]) {
      if (JSON.stringify(value) !== canonicalJson(value))
        throw new Error(`${numberOf(index)} is not canonical.`);
    }
  }
}

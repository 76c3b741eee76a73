import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import type { Actor } from '../../../contracts/actor';
import type { PersonFacts, SubjectFacts } from '../../../domain/decision/facts';
import { canonicalJson } from '../../../domain/ledger/canonical-json';
import { byteaArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';
import { invalid, memberCheck } from '../../../platform/http/validation';
import { CONFIG } from '../../../platform/installation/tokens';
import { Keyring } from '../../../platform/keys/keyring';
import { SettingsCache } from '../../settings/settings-cache';
import { readConsent } from '../consents/consent-body';
import { ConsentBody } from '../consents/consents.dto';
import { type ConsentInput, RecordConsent } from '../consents/record-consent';
import { PutPerson } from '../people/put-person';
import { type ConsentRow, PeopleRowsPort, type PersonRow } from './rows.port';

const faultsOf = memberCheck(ConsentBody);

interface KnownRow {
  tag: Buffer;
  person_id: string;
  facts: SubjectFacts;
  numbers: Buffer[];
}

const KNOWN = `
SELECT p.customer_tag AS tag, p.person_id, s.facts,
  ARRAY(SELECT n.tag FROM people_numbers c JOIN numbers n ON n.id = c.number_id
    WHERE c.person_id = p.person_id AND c.to_at IS NULL) AS numbers
FROM people p JOIN subjects s ON s.id = p.person_id WHERE p.customer_tag = ANY ($1::bytea[])`;

@Injectable()
export class PeopleRows extends PeopleRowsPort {
  constructor(
    private readonly writer: PutPerson,
    private readonly recorder: RecordConsent,
    private readonly settings: SettingsCache,
    private readonly keyring: Keyring,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  async unchanged(tx: Tx, rows: readonly PersonRow[]): Promise<boolean[]> {
    const tags = rows.map(({ customerId }) => this.keyring.tagOfCustomer(customerId));
    const found = await tx.query<KnownRow>({ name: 'bulk-people', text: KNOWN, values: [byteaArray(tags)] });
    const known = new Map(found.map((row) => [row.tag.toString('hex'), row]));
    return rows.map((row, index) => {
      const person = known.get(tags[index]?.toString('hex') ?? '');
      return person !== undefined && this.isSame(row, person);
    });
  }

  async put(tx: Tx, row: PersonRow, actor: Actor): Promise<void> {
    await this.writer.put(tx, { ...row, actor });
  }

  readConsent(body: unknown, actor: Actor): ConsentBody {
    const faults = faultsOf(body);
    if (faults !== undefined) throw invalid(faults);
    const read = body as ConsentBody;
    this.consentOf(read, actor);
    return read;
  }

  async grant(tx: Tx, { body }: ConsentRow, actor: Actor): Promise<string> {
    return (await this.recorder.grant(tx, this.consentOf(body, actor))).id;
  }

  private consentOf(body: ConsentBody, actor: Actor): ConsentInput {
    const { defaultEntity } = this.config.decision;
    return readConsent(body, actor, { settings: this.settings.current(), defaultEntity });
  }

  private isSame(row: PersonRow, { person_id: personId, facts, numbers }: KnownRow): boolean {
    const before = facts.persons.find((person) => person.personId === personId);
    if (before === undefined) return false;
    const after: PersonFacts = { ...before, ...row.known, personId };
    const claimed = new Set(numbers.map((tag) => tag.toString('hex')));
    const named = new Set(row.numbers.map((number) => this.keyring.tagOfNumber(number).toString('hex')));
    return (
      text(before) === text(after) &&
      claimed.size === named.size &&
      [...named].every((tag) => claimed.has(tag))
    );
  }
}

const text = (person: PersonFacts): string => canonicalJson({ ...person });

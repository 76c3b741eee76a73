import { isBackdated } from '../../../../domain/consent/consent-fold';
import type { Channel } from '../../../../domain/decision/purpose';
import { SECOND } from '../../../../domain/time/instant';
import { writeInstant } from '../../../../platform/http/instants';
import { languageOf } from '../../wishes/confirmation';
import type { ConsentReceiptDocument } from './consent-receipt.dto';
import type { StoredConsentEvent } from '../consents.repository';
import type { ConsentTerms } from './receipt-terms';

/** What the institution wrote down beside a consent: what was shown, where, and what proves it. */
export interface ConsentEvidence {
  textVersion?: string;
  textSha256?: string;
  source?: string;
  url?: string;
  language?: string;
  recordingSha256?: string;
  leadChain?: string[];
}

/** A mandatory member that nobody has told us; a receipt does not hide that it is missing. */
const NOT_STATED = 'not stated';

const STATE = { granted: 'given', withdrawn: 'withdrawn', refused: 'refused' } as const;

/** Who speaks on a channel. */
const VOICES: Readonly<Record<Channel, string[]>> = {
  voice_ai: ['ai', 'prerecorded'],
  voice_human: ['human'],
  sms: [],
};

const WITHDRAWAL_ZH =
  '您可以随时免费撤回，一步即可，与同意时一样简便：来电中说明或按退订键、回复短信“退订”，或告知我行热线、网点、手机银行。';
const WITHDRAWAL_EN =
  'At any time, free of charge and in one step, which is as easy as giving consent: say so or press the opt-out key ' +
  'during any call, answer any message with STOP, or tell the hotline, a branch or the app.';

/**
 * The receipt of one event with the members of ISO/IEC TS 27560:2023 by their names, the mandatory ones always present
 * (STANDARDS section 8). It is made of the event and of what was sealed with it, and so always the same.
 */
export function consentReceipt(
  event: StoredConsentEvent,
  terms: ConsentTerms,
  evidence: ConsentEvidence,
  method?: string,
): ConsentReceiptDocument {
  const parties = partiesOf(terms);
  const controllers = parties.map((party) => party.party_id);
  const language = evidence.language ?? languageOf(placeOf(terms));
  return {
    schema_version: 'ISO/IEC TS 27560:2023',
    record_id: event.id,
    pii_principal_id: event.personId ?? event.subjectId,
    pii_processing: {
      privacy_notice: noticeOf(evidence),
      language,
      purposes: event.purposes.map((purpose) => ({
        purpose,
        purpose_type: 'contact by telephone or message',
        lawful_basis: 'consent',
        pii_information: [{ pii_type: 'telephone number', pii_optional: false }],
        pii_controllers: controllers,
        collection_method: evidence.source ?? NOT_STATED,
        processing_method: event.channels,
        storage_locations: ['at the controller'],
        retention_period: terms.retention ?? NOT_STATED,
        jurisdiction: terms.jurisdictions.length === 0 ? NOT_STATED : terms.jurisdictions.join(', '),
        recipient_third_parties: recipientsOf(purpose),
        withdrawal_method: language.startsWith('zh') ? WITHDRAWAL_ZH : WITHDRAWAL_EN,
      })),
    },
    party_identification: parties,
    events: [
      {
        event_time: writeInstant(event.at),
        validity_duration: validityOf(event),
        entity_id: event.personId ?? event.subjectId,
        event_type: event.kind === 'granted' && event.attributes.express !== true ? 'implied' : 'explicit',
        event_state: terms.renews === true ? 're-affirmed' : STATE[event.kind],
      },
    ],
    numbers: terms.numbers,
    sellers: parties.map((party) => party.party_name),
    scope: event.scope ?? { kind: 'group' },
    channels: event.channels.map((channel) => ({ channel, voices: VOICES[channel] })),
    ...(event.kind === 'granted' ? { attributes: event.attributes } : {}),
    ...proofOf(evidence),
    ...(method === undefined ? {} : { method }),
    ...(event.receiptId === undefined ? {} : { receiptId: event.receiptId }),
    recordedAt: writeInstant(event.recordedAt),
    recordedBy: event.recordedBy,
    backdated: isBackdated(event),
  };
}

function partiesOf({ controllers }: ConsentTerms): ConsentReceiptDocument['party_identification'] {
  const known = controllers.length === 0 ? [{ id: 'group', name: NOT_STATED }] : controllers;
  return known.map((entity: ConsentTerms['controllers'][number]) => ({
    party_id: entity.id,
    party_name: entity.name,
    party_address: entity.address ?? NOT_STATED,
    party_contact: entity.contact ?? NOT_STATED,
    party_type: 'organization',
    party_role: 'pii controller',
  }));
}

const placeOf = ({ jurisdictions: [first] }: ConsentTerms): { country?: string } =>
  first === undefined ? {} : { country: first.slice(0, 2) };

/** The text that was shown, by where it stands or at least by its hash. */
function noticeOf({ url, textSha256 }: ConsentEvidence): string {
  return url ?? (textSha256 === undefined ? NOT_STATED : `sha256:${textSha256.toLowerCase()}`);
}

function recipientsOf(purpose: string): string[] {
  const vendors = 'vendors entrusted with calls and messages';
  return purpose === 'share_to_third_party' ? [vendors, 'recipients named in the text'] : [vendors];
}

/** ISO 8601 in seconds, of fixed length; without end it holds until it is withdrawn. */
function validityOf(event: StoredConsentEvent): string {
  if (event.kind !== 'granted') return 'until consent is given';
  if (event.expiresAt === undefined) return 'until withdrawn';
  return `PT${Math.floor((event.expiresAt - event.at) / SECOND)}S`;
}

function proofOf(evidence: ConsentEvidence): Partial<ConsentReceiptDocument> {
  const { textVersion, textSha256, source, recordingSha256, leadChain } = evidence;
  return {
    ...(textVersion === undefined ? {} : { textVersion }),
    ...(textSha256 === undefined ? {} : { textSha256: textSha256.toLowerCase() }),
    ...(recordingSha256 === undefined ? {} : { recordingSha256: recordingSha256.toLowerCase() }),
    ...(source === undefined ? {} : { source }),
    ...(leadChain === undefined ? {} : { leadChain }),
  };
}

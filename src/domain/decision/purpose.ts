/** What a call is for. A campaign has exactly one; packs say which rules bind which (API.md, "Purposes"). */
export const PURPOSES = [
  'marketing',
  'survey',
  'service',
  'appointment',
  'fraud_alert',
  'collection',
  'emergency',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Consents know two more than campaigns do (RULINGS 21; PIPL Arts. 23 and 29). */
export const CONSENT_PURPOSES = [...PURPOSES, 'share_to_third_party', 'sensitive_use'] as const;
export type ConsentPurpose = (typeof CONSENT_PURPOSES)[number];

/** A wish that names no purpose binds these two (API.md, "Purposes"). */
export const WISH_DEFAULT_PURPOSES: readonly Purpose[] = ['marketing', 'survey'];

/** Calls that keep to a person's own hours, pauses and choice of voice (READINGS, "Purposes": the windows). */
export const PREFERENCE_PURPOSES: readonly Purpose[] = ['marketing', 'survey', 'service', 'appointment'];

export const VOICES = ['ai', 'prerecorded', 'human'] as const;
export type Voice = (typeof VOICES)[number];

/** Channels of wishes and consents; a prerecorded voice uses `voice_ai` (RULINGS 31). */
export const CHANNELS = ['voice_ai', 'voice_human', 'sms'] as const;
export type Channel = (typeof CHANNELS)[number];

export const channelOfVoice = (voice: Voice): Channel => (voice === 'human' ? 'voice_human' : 'voice_ai');

export const PRODUCT_RISKS = ['R1', 'R2', 'R3', 'R4', 'R5', 'insurance'] as const;
export type ProductRisk = (typeof PRODUCT_RISKS)[number];

export const AGE_BANDS = ['under18', '18_64', '65plus'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** Classes of caller numbers: 953/955/956, 950–952/954/957, geographic, mobile, 400/800 (API.md, `caller-ids`). */
export const CALLER_ID_CLASSES = ['enterprise', 'call_centre', 'fixed', 'mobile', 'toll_free'] as const;
export type CallerIdClass = (typeof CALLER_ID_CLASSES)[number];

import { Type } from '@sinclair/typebox';
import { Count, event, Millis, oneOf, Slug, Uuid, word } from './shapes';

const by = Type.Optional(
  Type.String({ format: 'uuid', description: 'The client who did it; absent where the gateway did.' }),
);
/** Who asked, where a second person granted it. */
const granted = { approvalId: Type.Optional(Uuid), askedBy: Type.Optional(Uuid) };

const campaign = (description: string) =>
  event(description, {
    id: Slug,
    by,
    state: oneOf(['draft', 'submitted', 'returned', 'approved', 'running', 'paused', 'ended']),
    vendorId: Type.Union([Slug, Type.Null()], { description: 'Null: in-house.' }),
    ...granted,
  });
const script = (description: string) => event(description, { id: Slug, by, version: Slug });
const named = (description: string) => event(description, { id: Slug, by });
const client = (description: string) => event(description, { id: Uuid, by });
const webhook = { id: Uuid, by };
const approval = (description: string) =>
  event(description, {
    approvalId: Uuid,
    kind: word('client.create', 'suppression.release'),
    askedBy: Uuid,
    decidedBy: Type.Optional(Uuid),
  });
const TYPE_NAME = Type.String({ pattern: '^[a-z_]+(\\.[a-z_]+)+\\.v[1-9]$' });
const IMPORT_KIND = word('imports.people');

export const campaignEvents = {
  'campaign.changed.v1': campaign('A campaign was made or changed.'),
  'campaign.submitted.v1': campaign('A campaign was submitted for review.'),
  'campaign.approved.v1': campaign('A campaign was approved.'),
  'campaign.returned.v1': campaign('A campaign was returned with what is missing.'),
  'campaign.started.v1': campaign('A campaign may call from now on.'),
  'campaign.paused.v1': campaign('A campaign pauses.'),
  'campaign.ended.v1': campaign('A campaign ended for good.'),
  'script.submitted.v1': script('A version of what is said was submitted.'),
  'script.approved.v1': script('A version of what is said was approved.'),
};

export const settingEvents = {
  'entity.changed.v1': named('A legal entity was made or changed.'),
  'vendor.changed.v1': event('A vendor was made or changed.', {
    id: Slug,
    by,
    status: oneOf(['active', 'ended']),
  }),
  'monitor.changed.v1': event('A threshold at which a campaign or vendor is stopped was changed.', {
    id: word('refusal_rate'),
    by,
    threshold: Type.Number({ minimum: 0, maximum: 1_000_000 }),
    minSample: Count,
    windowHours: Count,
    version: Count,
    approvalId: Type.Optional(Uuid),
  }),
  'caller_id.changed.v1': named('A caller id was made or changed.'),
  'client.created.v1': client('A client was made.'),
  'client.changed.v1': client('A client has other roles or another name.'),
  'client.key_added.v1': client('A client got another key.'),
  'client.revoked.v1': client('A client was revoked.'),
  'webhook.created.v1': event('A webhook was made.', { ...webhook, types: Type.Array(TYPE_NAME) }),
  'webhook.disabled.v1': event('A webhook gets nothing any more.', {
    ...webhook,
    because: oneOf(['asked', 'gone']),
  }),
  'webhook.enabled.v1': event('A webhook gets events again.', {
    ...webhook,
    missedSince: Type.Optional(Millis),
  }),
  'webhook.secret_rotated.v1': event('A webhook got another secret.', { ...webhook, endNow: Type.Boolean() }),
  'webhook.replayed.v1': event('A webhook is sent earlier events again.', {
    ...webhook,
    replayId: Uuid,
    from: Millis,
    to: Millis,
  }),
  'webhook.tested.v1': event('The event that a webhook is tried with.', webhook),
};

export const importEvents = {
  'import.accepted.v1': event('A file was taken in; a job reads it.', {
    jobId: Uuid,
    kind: IMPORT_KIND,
    clientId: Uuid,
  }),
  'import.finished.v1': event('A file was read to its end.', { jobId: Uuid, kind: IMPORT_KIND }),
  'import_mapping.changed.v1': event('How the columns of a file are read was made or changed.', {
    mapping: Slug,
    subject: word('people', 'suppressions', 'consents'),
    clientId: Uuid,
  }),
  'job.result_read.v1': event('Somebody fetched what came of a file.', {
    jobId: Uuid,
    clientId: Uuid,
    unmasked: Type.Boolean(),
  }),
};

export const approvalEvents = {
  'approval.requested.v1': approval('Something waits for a second person.'),
  'approval.approved.v1': approval('A second person granted it.'),
  'approval.rejected.v1': approval('A second person refused it.'),
};

import { DAY } from '../domain/time/instant';

/**
 * Every event type that leaves a process, under its topic (SHAPES, "Topics → types"). A type is past tense and
 * versioned; what breaks its readers gets a new version, never a changed meaning. One topic holds what one kind of
 * reader follows, and events of one key keep their order within a topic only.
 */
export const TOPICS = {
  'call.decisions.v1': ['call.decided.v1', 'call.request.rejected.v1'],
  'call.events.v1': [
    'call.redeemed.v1',
    'call.redemption_refused.v1',
    'call.placed.v1',
    'call.not_placed.v1',
    'call.ringing.v1',
    'call.answered.v1',
    'call.machine_detected.v1',
    'call.disclosure_played.v1',
    'call.transcript.v1',
    'call.dtmf.v1',
    'call.refused.v1',
    'call.human_requested.v1',
    'call.transferred.v1',
    'call.recording.v1',
    'call.failed.v1',
    'call.ended.v1',
    'call.directive.v1',
  ],
  'wish.events.v1': [
    'wish.recorded.v1',
    'wish.release_requested.v1',
    'wish.released.v1',
    'preference.recorded.v1',
    'preference.withdrawal_requested.v1',
    'preference.withdrawn.v1',
    'sms.received.v1',
    'sms.dated.v1',
  ],
  // Work for compliance that was heard or found.
  'flag.events.v1': ['flag.raised.v1', 'flag.resolved.v1'],
  // What outsourcers reported after the call, and what counts against them.
  'result.events.v1': [
    'result.mapping_requested.v1',
    'result.mapping_changed.v1',
    'result.received.v1',
    'result.applied.v1',
    'result.label_unmapped.v1',
    'vendor.finding_recorded.v1',
  ],
  'consent.events.v1': ['consent.granted.v1', 'consent.withdrawn.v1', 'consent.refused.v1'],
  'campaign.events.v1': [
    'campaign.changed.v1',
    'campaign.submitted.v1',
    'campaign.approved.v1',
    'campaign.returned.v1',
    'campaign.started.v1',
    'campaign.paused.v1',
    'campaign.ended.v1',
    'script.submitted.v1',
    'script.approved.v1',
  ],
  // Nobody of a scope is called any more; suspension of a campaign or vendor is one of them.
  'stop.events.v1': ['stop.recorded.v1', 'stop.lift_requested.v1', 'stop.lifted.v1'],
  'settings.events.v1': [
    'entity.changed.v1',
    'vendor.changed.v1',
    'caller_id.changed.v1',
    'monitor.changed.v1',
    'client.created.v1',
    'client.changed.v1',
    'client.key_added.v1',
    'client.revoked.v1',
    'webhook.created.v1',
    'webhook.disabled.v1',
    'webhook.enabled.v1',
    'webhook.secret_rotated.v1',
    'webhook.replayed.v1',
    'webhook.tested.v1',
  ],
  // Files that were loaded; what they brought are events of the people in them.
  'import.events.v1': [
    'import.accepted.v1',
    'import.finished.v1',
    'import_mapping.changed.v1',
    'job.result_read.v1',
  ],
  // What came in by a topic and could not be handled, and what became of it.
  'inbound.events.v1': [
    'inbound.letter_kept.v1',
    'inbound.letter_replayed.v1',
    'inbound.letter_discarded.v1',
  ],
  'approval.events.v1': ['approval.requested.v1', 'approval.approved.v1', 'approval.rejected.v1'],
  // Persons, and who read what of them: reading is recorded too.
  'person.events.v1': [
    'person.changed.v1',
    'person.merged.v1',
    'person.read.v1',
    'call.read.v1',
    'call.previewed.v1',
    // The person's own page.
    'my.link_made.v1',
    'my.link_queued.v1',
    'my.opened.v1',
  ],
  // What operators did to the way of events.
  'bus.events.v1': ['bus.letter_replay_requested.v1', 'bus.letter_replayed.v1'],
} as const satisfies Record<string, readonly string[]>;

/** A topic outlives an erasure by this (PITFALLS): ids, codes and times, and those no longer than readers need. */
export const OUTBOUND_KEPT_MS = 3 * DAY;

export type Topic = keyof typeof TOPICS;
export type EventType = (typeof TOPICS)[Topic][number];

const TOPIC_OF: ReadonlyMap<string, Topic> = new Map(
  (Object.keys(TOPICS) as Topic[]).flatMap((topic) => TOPICS[topic].map((type) => [type, topic] as const)),
);

/** The one topic of a type. */
export function topicOf(type: EventType): Topic {
  const topic = TOPIC_OF.get(type);
  if (topic === undefined) throw new RangeError(`No topic carries ${type}.`);
  return topic;
}

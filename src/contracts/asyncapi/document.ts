import { INBOUND_TOPICS, type InboundTopic } from '../inbound-topics';
import { type Topic, TOPICS } from '../topics';
import { inboundMessages, INBOUND_CHANNELS } from './inbound';
import { CLOUD_EVENT_HEADERS, outboundMessages, OUTBOUND_CHANNELS } from './outbound';
import { reference } from './shapes';

/** Of the installation that the document speaks of. */
export interface Installed {
  readonly version: string;
  /** Stands before the name of every topic. */
  readonly prefix: string;
  readonly partitions: number;
  readonly replication: number;
}

const DESCRIPTION = `Facts that Quietline has recorded, and the topics by which an institution's own systems ask and tell it.

Every message is a CloudEvent 1.0 in binary mode: its attributes are headers (\`ce_…\`), its value is the data alone. The key
is the attribute \`partitionkey\`; events of one key keep their order within a topic. Everything is delivered at least once:
who must not count twice remembers \`ce_source\` and \`ce_id\`. Members and headers may be added at any time, and words to a
list of words; a change that breaks readers is a new type.

Topics marked \`x-personal-data: false\` carry random ids, words of ours and times: no phone number, no customer's id, nothing
that anybody said. Topics marked \`true\` carry what the institution itself publishes to them.`;

/** Everything that comes and goes by Kafka, as AsyncAPI 3.1; `/openapi.json` beside it describes the bodies that come in. */
export function asyncApiDocument(installed: Installed): object {
  const outbound = Object.keys(TOPICS) as Topic[];
  return {
    asyncapi: '3.1.0',
    id: 'urn:quietline:events',
    info: { title: 'Quietline', version: installed.version, description: DESCRIPTION },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'Apache Kafka 4.0 to 4.3 of the institution.',
        variables: { brokers: { default: 'localhost:9092', description: 'What KAFKA_BROKERS names.' } },
      },
    },
    channels: Object.fromEntries(channelsOf(installed)),
    operations: Object.fromEntries([
      ...outbound.map((topic) => operation('send', topic, TOPICS[topic])),
      ...INBOUND_TOPICS.map((topic) =>
        operation('receive', topic, Object.keys(INBOUND_CHANNELS[topic].messages)),
      ),
    ]),
    components: {
      messages: { ...outboundMessages(), ...inboundMessages() },
      schemas: { cloudEventHeaders: CLOUD_EVENT_HEADERS },
    },
  };
}

function channelsOf(installed: Installed): [string, object][] {
  const outbound = (Object.keys(TOPICS) as Topic[]).map((topic): [string, object] => {
    const described = { ...OUTBOUND_CHANNELS[topic], types: TOPICS[topic], personal: false };
    return [topic, channel(topic, installed, described)];
  });
  const inbound = INBOUND_TOPICS.map((topic): [string, object] => {
    const { messages, ...channelOf } = INBOUND_CHANNELS[topic];
    return [topic, channel(topic, installed, { ...channelOf, types: Object.keys(messages), personal: true })];
  });
  return [...outbound, ...inbound];
}

interface Described {
  readonly description: string;
  readonly retentionMs: number;
  readonly personal: boolean;
  readonly types: readonly string[];
}

function channel(topic: Topic | InboundTopic, installed: Installed, described: Described): object {
  const { description, retentionMs, personal, types } = described;
  return {
    address: `${installed.prefix}${topic}`,
    description,
    messages: Object.fromEntries(types.map((type) => [type, reference('components', 'messages', type)])),
    tags: [{ name: personal ? 'personal' : 'not personal' }],
    bindings: {
      kafka: {
        partitions: installed.partitions,
        replicas: installed.replication,
        topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': retentionMs },
        bindingVersion: '0.5.0',
      },
    },
    'x-personal-data': personal,
  };
}

/** `send` is what the gateway does: who reads this document to subscribe does the contrary. */
function operation(
  action: 'send' | 'receive',
  topic: Topic | InboundTopic,
  types: readonly string[],
): [string, object] {
  return [
    `${action}.${topic}`,
    {
      action,
      channel: reference('channels', topic),
      summary: action === 'send' ? `Facts to subscribe to on ${topic}` : `What is published to ${topic}`,
      messages: types.map((type) => reference('channels', topic, 'messages', type)),
    },
  ];
}

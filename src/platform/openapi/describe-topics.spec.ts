import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { INBOUND_TOPICS } from '../../contracts/inbound-topics';
import { TOPICS } from '../../contracts/topics';
import { documentOfTopics } from './describe-topics';

const docs = join(__dirname, '../../../docs/asyncapi.json');

/** The official parser, which finds the bodies in docs/openapi.json as a reader of docs/asyncapi.json does. */
async function parsed(document: object) {
  return new Parser().parse(JSON.stringify(document), { source: docs });
}

describe('the AsyncAPI document', () => {
  it('is valid by the official parser, with every reference into the OpenAPI document', async () => {
    const { document, diagnostics } = await parsed(documentOfTopics({}));
    expect(diagnostics).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
    const addresses = document
      ?.channels()
      .all()
      .map((channel) => channel.address());
    expect(addresses).toEqual([...Object.keys(TOPICS), ...INBOUND_TOPICS]);
    const sent = document?.operations().filterBySend();
    expect(
      sent?.flatMap((operation) =>
        operation
          .messages()
          .all()
          .map((message) => message.name()),
      ),
    ).toEqual(Object.values(TOPICS).flat());
    const asked = document?.channels().get('call.requests.v1')?.messages().get('call.request.v1');
    expect(asked?.payload()?.required()).toEqual(['to', 'campaignId', 'callerId']);
  });

  it('is found out when a reference leads nowhere', async () => {
    const text = JSON.stringify(documentOfTopics({})).replace(
      '~1v1~1calls~1authorize/',
      '~1v1~1calls~1nobody/',
    );
    const { diagnostics } = await parsed(JSON.parse(text) as object);
    expect(diagnostics.map(({ code }) => code)).toContain('invalid-ref');
  });

  it('says of every topic whether it is personal, and keeps what is personal for a day at most', async () => {
    const { channels } = documentOfTopics({}) as {
      channels: Record<
        string,
        { 'x-personal-data': boolean; bindings: { kafka: { topicConfiguration: object } } }
      >;
    };
    const personal = Object.entries(channels).filter(([, channel]) => channel['x-personal-data']);
    expect(personal.map(([name]) => name)).toEqual([...INBOUND_TOPICS]);
    for (const [, channel] of personal) {
      expect(channel.bindings.kafka.topicConfiguration).toEqual({
        'cleanup.policy': ['delete'],
        'retention.ms': 64_800_000,
      });
    }
  });

  it('names the topics of this installation', () => {
    const kafka = { topicPrefix: 'bank.', partitions: 24, replication: 3 };
    const document = documentOfTopics({ kafka: kafka as never }) as { channels: Record<string, unknown> };
    expect(document.channels['wish.events.v1']).toMatchObject({
      address: 'bank.wish.events.v1',
      bindings: { kafka: { partitions: 24, replicas: 3 } },
    });
  });

  it('is the one in docs', () => {
    expect(JSON.parse(readFileSync(docs, 'utf8'))).toEqual(JSON.parse(JSON.stringify(documentOfTopics({}))));
  });
});

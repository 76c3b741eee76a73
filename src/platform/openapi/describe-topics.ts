import type { FastifyInstance } from 'fastify';
import { version } from '../../../package.json';
import type { Config } from '../../config/load-config';
import { asyncApiDocument } from '../../contracts/asyncapi/document';

/** What is said of topics where there is no Kafka: the defaults of its variables. */
const UNCONFIGURED = { topicPrefix: '', partitions: 12, replication: 1 };

/** The topics of this installation as AsyncAPI 3.1. */
export function documentOfTopics({ kafka }: Partial<Pick<Config, 'kafka'>>): object {
  const { topicPrefix: prefix, partitions, replication } = kafka ?? UNCONFIGURED;
  return asyncApiDocument({ version, prefix, partitions, replication });
}

/** Serves /asyncapi.json. */
export function describeTopics(server: FastifyInstance, config: Pick<Config, 'kafka'>): void {
  const document = documentOfTopics(config);
  server.get('/asyncapi.json', (_request, reply) => reply.send(document));
}

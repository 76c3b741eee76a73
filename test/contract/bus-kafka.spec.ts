import { describeWithKafka } from '../support/describe-with-kafka';
import { sharedBroker, topicPrefix } from '../support/kafka';
import { onKafka } from './bus-kafka';
import { eventBusContract } from './event-bus-contract';

describeWithKafka('on a real broker', () => {
  let brokers = '';
  let prefix = topicPrefix();
  beforeAll(async () => ({ brokers } = await sharedBroker()), 120_000);
  eventBusContract({
    name: 'KafkaBus',
    forget: () => (prefix = topicPrefix()),
    open: (parts) => onKafka(brokers, prefix).open(parts),
  });
});

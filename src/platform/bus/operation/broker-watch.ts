/** How far a consumer group is behind on one partition. */
export interface Lag {
  group: string;
  topic: string;
  partition: number;
  /** Records that the group has not dealt with. */
  lag: number;
}

export interface BrokerView {
  /** Whether the brokers answered when they were last asked. */
  reachable: boolean;
  lags: Lag[];
}

/** The token under which Nest injects the `BrokerWatch`. */
export const BROKER_WATCH = Symbol('BrokerWatch');

/** What the brokers say of the consumer groups. */
export interface BrokerWatch {
  /** Undefined without Kafka. Never rejects; it may be some seconds old. */
  view(): Promise<BrokerView | undefined>;
}

/** Of a process whose bus needs no broker. */
export class NoBrokers implements BrokerWatch {
  async view(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

/** What the benchmark and the processes it starts say to each other. */

export const CONNECTIONS = [16, 64, 256] as const;

/** One measurement: so many connections, each asking again as soon as it has its answer. */
export interface LoadOrder {
  port: number;
  path: string;
  /** Sent as a bearer key. */
  key: string;
  connections: number;
  /** Asked before the clock starts, and answered before it: warm connections, plans and code. */
  warmUpSeconds: number;
  seconds: number;
  /** Questions a request: 1 asks the single endpoint, more the batch endpoint. */
  batch: number;
  population: number;
  /** Position in the order of asking; positions of one round are used once. */
  from: number;
  /** Goes into `external.callId`: the same name and position is the same question. */
  name: string;
}

export interface LoadResult {
  /** Questions answered within the time, and requests that carried them. */
  questions: number;
  requests: number;
  seconds: number;
  /** Of requests, in milliseconds. */
  p50: number;
  p99: number;
  /** Questions by the outcome that the answer names; `problem` for everything that is no decision. */
  outcomes: Record<'allow' | 'deny' | 'defer' | 'problem', number>;
  /** Bytes of an average answer's body. */
  answerBytes: number;
  /** The first position that was not asked for. */
  next: number;
  /** Processor time of the load generator itself, in seconds. */
  cpu: number;
  /** An answer that was no decision, for whoever has to find out why. */
  problem?: string;
}

/** Orders to a served application. */
export type ServerOrder =
  | { kind: 'round'; startsAt: number }
  | { kind: 'usage' }
  /** Gateway only: with `off` records are written that nothing was computed for. */
  | { kind: 'sealing'; on: boolean }
  | { kind: 'profile'; file: string }
  | { kind: 'profiled' };

export interface ServerReady {
  port: number;
}
export interface ServerUsage {
  /** Processor time so far, in seconds. */
  cpu: number;
  /** Memory in use, in bytes. */
  rss: number;
}

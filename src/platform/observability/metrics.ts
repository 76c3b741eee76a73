import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Labels name kinds of things, never a person, a number or an id: each value is a series for ever. */
export interface MetricShape<L extends string> {
  readonly name: `quietline_${string}`;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** Seconds, from a decision well served to one that nobody waits for any more. */
const LATENCY_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The metrics of one process, each made once by the part that counts with it. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A number that only grows. @throws Error when the name is taken. */
  counter<L extends string = never>(shape: MetricShape<L>): Counter<L> {
    return new Counter<L>({ ...this.configured(shape) });
  }

  /** A distribution, in seconds unless `buckets` says otherwise. @throws Error when the name is taken. */
  histogram<L extends string = never>(
    shape: MetricShape<L>,
    buckets: readonly number[] = LATENCY_BUCKETS,
  ): Histogram<L> {
    return new Histogram<L>({ ...this.configured(shape), buckets: [...buckets] });
  }

  /** A level, read at each scrape. @throws Error when the name is taken. */
  gauge<L extends string = never>(
    shape: MetricShape<L>,
    read?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    if (read === undefined) return new Gauge<L>({ ...this.configured(shape) });
    return new Gauge<L>({
      ...this.configured(shape),
      collect() {
        return read(this);
      },
    });
  }

  /** The text that Prometheus scrapes, and its media type. */
  async expose(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  private configured<L extends string>(shape: MetricShape<L>) {
    return {
      name: shape.name,
      help: shape.help,
      labelNames: [...(shape.labels ?? [])],
      registers: [this.registry],
    };
  }
}

/** What is known of who asks for `/metrics`. */
export interface MetricsCaller {
  /** The address of the socket's other end, not of a header. */
  readonly remoteAddress: string | undefined;
  readonly authorization: string | undefined;
  /** Whether a proxy on this machine passed the request on: then the address says nothing. */
  readonly forwarded: boolean;
}

/** `/metrics` is open to this machine; from elsewhere it takes the token, and without one nobody reads it. */
export function mayReadMetrics(caller: MetricsCaller, token: string | undefined): boolean {
  if (!caller.forwarded && isLoopback(caller.remoteAddress)) return true;
  const given = /^Bearer +(\S+)$/i.exec(caller.authorization ?? '')?.[1];
  return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::1|(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.test(address);
}

/** Digests are of one length, which `timingSafeEqual` asks for. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

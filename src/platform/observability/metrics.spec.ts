import { mayReadMetrics, Metrics } from './metrics';

describe('Metrics', () => {
  it('exposes the process and what was counted', async () => {
    const metrics = new Metrics();
    metrics
      .counter({ name: 'quietline_decisions_total', help: 'Decisions.', labels: ['outcome'] })
      .inc({ outcome: 'allow' });
    metrics.histogram({ name: 'quietline_decision_seconds', help: 'Time.' }).observe(0.004);
    metrics.gauge({ name: 'quietline_queue_depth', help: 'Waiting.' }, (gauge) => gauge.set(7));
    const { contentType, body } = await metrics.expose();
    expect(contentType).toMatch(/^text\/plain/);
    expect(body).toContain('quietline_decisions_total{outcome="allow"} 1');
    expect(body).toContain('quietline_decision_seconds_bucket{le="0.005"} 1');
    expect(body).toContain('quietline_decision_seconds_bucket{le="0.002"} 0');
    expect(body).toContain('quietline_queue_depth 7');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('refuses a name twice and keeps two instances apart', () => {
    const metrics = new Metrics();
    const shape = { name: 'quietline_x_total', help: 'X.' } as const;
    metrics.counter(shape);
    expect(() => metrics.counter(shape)).toThrow(/already been registered/);
    expect(() => new Metrics().counter(shape)).not.toThrow();
  });
});

describe('mayReadMetrics', () => {
  const token = 'a-token-of-some-length';
  const far = { remoteAddress: '10.1.2.3', authorization: undefined, forwarded: false };

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('is open to %s', (remoteAddress) => {
    expect(mayReadMetrics({ ...far, remoteAddress }, undefined)).toBe(true);
  });

  it.each(['10.127.0.0', '127.0.0.1.example', '::ffff:10.0.0.1', undefined])(
    'is closed to %s',
    (remoteAddress) => {
      expect(mayReadMetrics({ ...far, remoteAddress }, token)).toBe(false);
    },
  );

  it('is not open to whom a proxy of this machine passed on', () => {
    const caller = { ...far, remoteAddress: '127.0.0.1', forwarded: true };
    expect(mayReadMetrics(caller, token)).toBe(false);
    expect(mayReadMetrics({ ...caller, authorization: `Bearer ${token}` }, token)).toBe(true);
  });

  it('takes the token and only the token', () => {
    expect(mayReadMetrics({ ...far, authorization: `Bearer ${token}` }, token)).toBe(true);
    expect(mayReadMetrics({ ...far, authorization: `bearer ${token}` }, token)).toBe(true);
    expect(mayReadMetrics({ ...far, authorization: `Bearer ${token}x` }, token)).toBe(false);
    expect(mayReadMetrics({ ...far, authorization: token }, token)).toBe(false);
    expect(mayReadMetrics({ ...far, authorization: 'Bearer undefined' }, undefined)).toBe(false);
  });
});

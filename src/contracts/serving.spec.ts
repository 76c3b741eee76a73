import { ACCESS } from './access';
import { endpointAt, servicesOf } from './serving';

describe('which service serves a path', () => {
  const served = (method: string, path: string): string | undefined => {
    const entry = endpointAt(method, path);
    return entry === undefined ? undefined : servicesOf(entry).join(' ');
  };

  it.each([
    ['POST', '/v1/calls/authorize', 'gateway'],
    ['POST', '/v1/approvals/0193/approve', 'gateway'],
    ['GET', '/v1/jobs/0193', 'gateway'],
    ['POST', '/v1/webhooks', 'gateway'],
    ['GET', '/v1/calls/0193/live', 'gateway'],
    ['PUT', '/v1/vendors/v-7/results-mapping', 'gateway'],
    ['POST', '/v1/sms/inbound/twilio', 'optout'],
    ['POST', '/v1/people/0193/links', 'optout'],
    ['GET', '/my', 'optout'],
    ['POST', '/my/stop', 'optout'],
    ['GET', '/v1/audit/calls/0193', 'audit'],
    ['HEAD', '/v1/audit/calls/0193', 'audit'],
    ['GET', '/v1/people/0193', 'gateway audit'],
    ['PUT', '/v1/people/0193', 'gateway'],
    ['GET', '/health/ready', 'gateway optout ledger audit jobs'],
  ])('%s %s: %s', (method, path, services) => {
    expect(served(method, path)).toBe(services);
  });

  it.each([
    ['GET', '/v1/nothing'],
    ['POST', '/v1/calls//events'],
    ['DELETE', '/v1/people/0193'],
    ['GET', '/'],
    ['GET', ''],
  ])('%s %s is nobody’s', (method, path) => {
    expect(served(method, path)).toBeUndefined();
  });

  it('takes the word before the variable', () => {
    expect(endpointAt('POST', '/v1/people/lookup')?.path).toBe('/v1/people/lookup');
    expect(endpointAt('POST', '/my/stop')?.path).toBe('/my/stop');
    expect(endpointAt('POST', '/my/a-link')?.path).toBe('/my/:link');
  });

  it('finds every endpoint by its own path', () => {
    for (const entry of ACCESS.filter(({ path }) => !path.endsWith('/*'))) {
      expect(endpointAt(entry.method, entry.path.replace(/:\w+/g, 'x'))).toBe(entry);
    }
  });

  it('leaves it to the path alone where a proxy sends a request', () => {
    const homes = new Map<string, Set<string | undefined>>();
    for (const entry of ACCESS) {
      homes.set(entry.path, (homes.get(entry.path) ?? new Set()).add(servicesOf(entry)[0]));
    }
    expect([...homes].filter(([, services]) => services.size > 1)).toEqual([]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../../src/config/load-config';
import { environment } from '../../src/config/schema';
import { SERVICES } from '../../src/contracts/serving';

const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const known = new Set(Object.keys(environment.shape));

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it('sets only variables that exist, to values that start', () => {
    const block = /^ENV ((?:.*\\\n)*.*)$/m.exec(dockerfile)?.[1] ?? '';
    const set = Object.fromEntries(
      [...block.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    expect(Object.keys(set).filter((name) => name !== 'NODE_ENV' && !known.has(name))).toEqual([]);
    expect(loadConfig(set)).toMatchObject({
      http: { host: '0.0.0.0', port: 3000 },
      dataDir: '/var/lib/quietline',
    });
    expect(dockerfile).toContain(`EXPOSE ${set['PORT']}`);
    expect(dockerfile).toContain(`VOLUME ${set['DATA_DIR']}`);
  });

  it('runs without privileges on Node 24', () => {
    expect(dockerfile.match(/^FROM .*$/gm)?.every((line) => line.startsWith('FROM node:24-'))).toBe(true);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile.indexOf('USER node')).toBeLessThan(dockerfile.indexOf('CMD ["node", "--enable'));
  });

  it('copies only what exists and is not kept out of the build', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
      (files ?? '').split(' '),
    );
    expect(copied.length).toBeGreaterThan(5);
    const allowed = read('.dockerignore').split('\n');
    for (const file of copied) {
      expect({
        file,
        exists: existsSync(resolve(root, file)),
        allowed: allowed.includes(`!${file}`),
      }).toEqual({
        file,
        exists: true,
        allowed: true,
      });
    }
  });
});

describe('docker-compose.yml', () => {
  const compose = read('docker-compose.yml');
  const shared = variablesIn(compose, /^x-environment: &environment\n((?: {2}.*\n)+)/m);

  function sectionOf(service: string): string {
    const after = compose.slice(compose.indexOf(`\n  ${service}:\n`) + 1);
    return after.slice(0, after.search(/\n(?: {2})?[a-z]/));
  }

  function variablesIn(text: string, block: RegExp): Record<string, string> {
    return Object.fromEntries(
      [...(block.exec(text)?.[1] ?? '').matchAll(/^ +([A-Z_]+): (.*)$/gm)].map(([, name, value]) => [
        name,
        (value ?? '').replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'),
      ]),
    );
  }

  const environmentOf = (service: string): Record<string, string> =>
    variablesIn(sectionOf(service), /^ {4}environment:\n((?: {6}.*\n)+)/m);

  it('sets only variables that exist, to values that start, in one process', () => {
    const set = environmentOf('quietline');
    expect(Object.keys(set)).toContain('DATABASE_URL');
    expect(Object.keys(set).filter((name) => !known.has(name))).toEqual([]);
    expect(loadConfig(set).database.url).toBe('postgresql://quietline:quietline@database:5432/quietline');
    expect(sectionOf('quietline')).toContain('profiles: [one-process]');
    expect(sectionOf('quietline')).toContain('/health/ready');
  });

  it.each(SERVICES)('runs the role %s as a process of its own', (role) => {
    const set = { ...shared, ...environmentOf(role) };
    expect(Object.keys(set).filter((name) => !known.has(name))).toEqual([]);
    expect(loadConfig(set)).toMatchObject({
      role,
      database: { url: 'postgresql://quietline:quietline@database:5432/quietline' },
      kafka: { brokers: ['kafka:9092'] },
      ledgerOrigin: loadConfig(environmentOf('quietline')).ledgerOrigin,
    });
    expect(sectionOf(role)).toContain('<<: *role');
    expect(sectionOf(role)).not.toContain('profiles:');
  });

  it('migrates once before any role starts, and waits for what it stands on', () => {
    const anchor = compose.slice(compose.indexOf('x-role: &role'), compose.indexOf('\nservices:'));
    expect(anchor).toContain('/health/ready');
    expect(anchor).toMatch(/migrate:\n\s+condition: service_completed_successfully/);
    expect(anchor).toMatch(/kafka:\n\s+condition: service_healthy/);
    expect(loadConfig({ ...shared, ...environmentOf('migrate'), KAFKA_BROKERS: '' }).role).toBe('all');
    for (const server of ['database', 'kafka']) expect(sectionOf(server)).toContain('healthcheck:');
  });
});

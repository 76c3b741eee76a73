import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../../src/config/load-config';
import { environment } from '../../src/config/schema';

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
  const service = compose.slice(compose.indexOf('\n  quietline:'), compose.indexOf('\nvolumes:'));
  const block = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(service)?.[1] ?? '';
  const set = Object.fromEntries(
    [...block.matchAll(/^ +([A-Z_]+): (.*)$/gm)].map(([, name, value]) => [
      name,
      (value ?? '').replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'),
    ]),
  );

  it('sets only variables that exist, to values that start', () => {
    expect(Object.keys(set)).toContain('DATABASE_URL');
    expect(Object.keys(set).filter((name) => !known.has(name))).toEqual([]);
    expect(loadConfig(set).database.url).toBe('postgresql://quietline:quietline@database:5432/quietline');
  });

  it('waits for the database and says how it is', () => {
    expect(service).toContain('condition: service_healthy');
    expect(compose.match(/healthcheck:/g)).toHaveLength(2);
    expect(service).toContain('/health/ready');
  });
});

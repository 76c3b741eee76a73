import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PreviewGateway, type PreviewResult, problem, send } from '../support/preview-gateway';

const ROOT = resolve(__dirname, '../..');
const FTC_LIST = resolve(ROOT, 'examples/ftc-reported-2021-04-14.json');
const CN_LIST = resolve(ROOT, 'examples/cn-customers.csv');
const KEY = `ql_${'a'.repeat(43)}`;

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line as a process of its own. */
async function quietline(
  args: string[],
  env: Record<string, string | undefined> = {},
  interruptWhen?: Promise<unknown>,
): Promise<Ran> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'test/support/run-typescript.cjs'), join(ROOT, 'src/cli/quietline.ts'), ...args],
    {
      env: { ...process.env, QUIETLINE_URL: gateway.url, QUIETLINE_KEY: KEY, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (out.stderr += text));
  void interruptWhen?.then(() => child.kill('SIGINT'));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...out };
}

const scrub = (file: string, ...args: string[]): Promise<Ran> =>
  quietline(['scrub', file, '--campaign', 'spring-card', ...args]);

/** A gateway with simple rules: ten or eleven digits may be called, 7-bit prose is invalid, the rest is a problem. */
function judge(call: Record<string, unknown>): PreviewResult {
  const to = typeof call['to'] === 'string' ? call['to'] : '';
  if (to === '' || to.length > 64) return { problem: { code: 'INVALID', status: 422 } };
  if (!/^\d{10,11}$/.test(to))
    return { outcome: 'deny', reasons: [{ code: 'NUMBER_INVALID' }], enforced: true };
  if (/^1?8(00|44|88)/.test(to)) return { outcome: 'deny', reasons: [{ code: 'NUMBER_NOT_CALLABLE' }] };
  const e164 = `+${to}`;
  if (to.endsWith('1')) {
    const reasons = [{ code: 'OUTSIDE_HOURS' }, { code: 'HOLIDAY' }, { code: 'OUTSIDE_HOURS' }];
    return { outcome: 'defer', e164, reasons, notBefore: '2026-11-23T01:00:00.000Z' };
  }
  if (to.endsWith('2'))
    return { outcome: 'deny', e164, reasons: [{ code: 'SUPPRESSED' }, { code: 'OUTSIDE_HOURS' }] };
  return { outcome: 'allow', e164, reasons: [] };
}

let gateway: PreviewGateway;
let folder: string;
const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

beforeEach(async () => {
  gateway = await PreviewGateway.start(judge);
  folder = await mkdtemp(join(tmpdir(), 'quietline-cli-'));
});
afterEach(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true });
});

describe('quietline scrub', () => {
  it('writes every row of a real list back, in order, from batches that overlap and come back out of order', async () => {
    let batch = 0;
    gateway.disturb = async ({ url }) => {
      // Every third batch is slow, so the answers behind it wait for it.
      if (url.endsWith('/batch') && batch++ % 3 === 0) await delay(120);
      return false;
    };
    const list = JSON.parse(await readFile(FTC_LIST, 'utf8')) as string[];
    const ran = await scrub(FTC_LIST, '--region', 'US');
    expect([ran.code, ran.stderr.includes('error')]).toEqual([0, true]);

    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('number,e164,outcome,reasons,notBefore');
    const expected = list.map((to) => {
      const {
        outcome,
        problem: fault,
        reasons,
      } = judge({ to }) as {
        outcome?: string;
        problem?: { code: string };
        reasons?: { code: string }[];
      };
      return [
        to,
        outcome ?? 'error',
        fault?.code ?? [...new Set(reasons?.map(({ code }) => code))].join(';'),
      ];
    });
    expect(lines.slice(1).map(shortRow)).toEqual(expected);

    expect(gateway.batches.map(({ calls }) => calls.length)).toEqual([
      ...Array.from({ length: Math.floor(list.length / 1_000) }, () => 1_000),
      list.length % 1_000,
    ]);
    expect(gateway.mostInFlight).toBeGreaterThanOrEqual(2);
    expect(gateway.mostInFlight).toBeLessThanOrEqual(4);
    expect(gateway.batches[0]?.calls[0]).toEqual({
      to: list[0],
      campaignId: 'spring-card',
      callerId: '95588',
      voice: 'ai',
      region: 'US',
    });
    expect(gateway.seen.every(({ authorization }) => authorization === `Bearer ${KEY}`)).toBe(true);

    const allowed = expected.filter(([, outcome]) => outcome === 'allow').length;
    expect(ran.stderr).toMatch(new RegExp(`rows +${list.length} `));
    expect(ran.stderr).toMatch(new RegExp(`allow +${allowed} `));
    expect(ran.stderr).toContain('NUMBER_INVALID');
  });

  it('keeps the columns of a table, sends its hints, and runs no formula', async () => {
    const ran = await scrub(CN_LIST, '--caller-id', '95533', '--at', '2026-11-23T10:00:00+08:00');
    expect(ran.code).toBe(0);
    const lines = ran.stdout.trimEnd().split('\n');
    const source = (await readFile(CN_LIST, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(source.length);
    expect(lines[0]).toBe(`${source[0]},e164,outcome,reasons,notBefore`);
    expect(lines[1]).toBe(`${source[1]},"+13000000001",defer,OUTSIDE_HOURS;HOLIDAY,2026-11-23T01:00:00.000Z`);
    expect(lines.find((line) => line.startsWith('C-0196'))).toBe('C-0196,,CN,,card,,error,INVALID,');
    expect(lines.find((line) => line.startsWith('C-0199'))).toContain(`,"'=""13800000088""",`);

    expect(gateway.batches).toHaveLength(1);
    expect(gateway.batches[0]?.at).toBe('2026-11-23T10:00:00+08:00');
    expect(gateway.batches[0]?.calls[0]).toEqual({
      to: '13000000001',
      region: 'CN',
      subdivision: 'CN-BJ',
      customerId: 'C-0001',
      callerId: '95533',
      campaignId: 'spring-card',
      voice: 'ai',
    });
  });

  it('reads NDJSON and gives every line back, also the unreadable ones, which nobody is asked about', async () => {
    const list = await file(
      'list.ndjson',
      [
        '{"to":"13800138003","note":"=vip","outcome":"allow","notBefore":"x"}',
        '{"to":',
        '',
        '{"to":{"deep":1}}',
        '{"to":"1\\u00003800138003"}',
        '{"to":"1380013800\\ud800"}',
        '{"number":13800138003}',
        '{"note":"nobody"}',
        `{"to":"${'9'.repeat(70_000)}"}`,
      ].join('\n'),
    );
    const ran = await scrub(list);
    expect(ran.code).toBe(0);
    const rows = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows[0]).toEqual({
      to: '13800138003',
      note: '=vip',
      e164: '+13800138003',
      outcome: 'allow',
      reasons: [],
    });
    expect(rows[1]).toEqual({ raw: '{"to":', outcome: 'error', reasons: ['MALFORMED'] });
    expect(rows.map(({ outcome, reasons }) => [outcome, ...(reasons as string[])])).toEqual([
      ['allow'],
      ['error', 'MALFORMED'],
      ['error', 'MALFORMED'],
      ['error', 'INVALID'],
      ['error', 'INVALID'],
      ['error', 'INVALID'],
      ['allow'],
      ['error', 'INVALID'],
      ['error', 'TOO_LARGE'],
    ]);
    expect(gateway.batches[0]?.calls).toHaveLength(3);
  });

  it('reads a text of one number a line, in the character set it is told', async () => {
    const list = await file('list.txt', Buffer.from([0x31, 0x32, 0x0d, 0x0a, 0xba, 0xc5, 0xc2, 0xeb, 0x0a]));
    const ran = await scrub(list, '--charset', 'gb18030');
    expect(ran.stdout).toBe(
      'number,e164,outcome,reasons,notBefore\n12,,deny,NUMBER_INVALID,\n号码,,deny,NUMBER_INVALID,\n',
    );
  });

  it('leaves hours and holidays out when told to, and nothing of the person', async () => {
    const list = await file('list.txt', '13800138001\n13800138002\n13800138003\n');
    const ran = await scrub(list, '--time', 'ignore');
    expect(ran.stdout.split('\n').slice(1, -1)).toEqual([
      '13800138001,"+13800138001",allow,,',
      '13800138002,"+13800138002",deny,SUPPRESSED,',
      '13800138003,"+13800138003",allow,,',
    ]);
  });

  it('waits while the gateway is overloaded, and asks again', async () => {
    const refusals = [503, 429];
    gateway.disturb = ({ url }, response) => {
      const status = url.endsWith('/batch') ? refusals.shift() : undefined;
      if (status === undefined) return false;
      problem(response, status, 'RATE_LIMITED', { 'retry-after': '0' });
      return true;
    };
    const ran = await scrub(await file('list.txt', '13800138003\n'));
    expect([ran.code, ran.stdout.split('\n')[1]]).toEqual([0, '13800138003,"+13800138003",allow,,']);
    expect(gateway.batches).toHaveLength(3);
  });

  it('takes nothing for an allow that is not one', async () => {
    gateway.disturb = ({ url }, response) => {
      if (!url.endsWith('/batch')) return false;
      send(response, 200, { results: [{ outcome: 'maybe' }, {}, null, 'allow', { problem: {} }] });
      return true;
    };
    const ran = await scrub(await file('list.txt', '1\n2\n3\n4\n5\n'));
    expect(ran.stdout.split('\n').slice(1, -1)).toEqual([1, 2, 3, 4, 5].map((n) => `${n},,error,INTERNAL,`));
  });

  it('writes a named file whole or not at all', async () => {
    const out = join(folder, 'out.csv');
    const list = await file('list.txt', '13800138003\n');
    expect(await scrub(list, '--out', out)).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(out, 'utf8')).toBe(
      'number,e164,outcome,reasons,notBefore\n13800138003,"+13800138003",allow,,\n',
    );

    const broken = await file('broken.json', `["13800138003",${'"13800138004",'.repeat(2_000)}"13800138005"`);
    const kept = join(folder, 'kept.csv');
    const ran = await scrub(broken, '--out', kept);
    expect([ran.code, ran.stderr]).toEqual([
      2,
      expect.stringContaining('not closed: it breaks off after 2001 rows'),
    ]);
    expect([existsSync(kept), existsSync(`${kept}.part`)]).toEqual([false, false]);
  });
});

describe('quietline scrub, interrupted', () => {
  it('leaves nothing that looks like a whole list, and says so by its exit code', async () => {
    const asked = new Promise<void>((resolve) => {
      gateway.disturb = ({ url }) => {
        // The batch is never answered.
        if (url.endsWith('/batch')) resolve();
        return url.endsWith('/batch');
      };
    });
    const out = join(folder, 'out.csv');
    const list = await file('list.txt', '13800138003\n');
    const ran = await quietline(['scrub', list, '--campaign', 'spring-card', '--out', out], {}, asked);
    expect([ran.code, existsSync(out), existsSync(`${out}.part`)]).toEqual([130, false, false]);
  });
});

describe('quietline scrub, refusing', () => {
  const refusal = async (
    args: string[],
    env: Record<string, string | undefined> = {},
  ): Promise<[number | null, string]> => {
    const { code, stdout, stderr } = await quietline(args, env);
    expect(stdout.split('\n').slice(1).join('')).toBe('');
    return [code, stderr];
  };
  const list = (): Promise<string> => file('list.txt', '13800138003\n');

  it('says which variable is missing', async () => {
    expect(
      await refusal(['scrub', await list(), '--campaign', 'spring-card'], { QUIETLINE_KEY: '' }),
    ).toEqual([2, expect.stringContaining('QUIETLINE_KEY is not set')]);
  });

  it.each([
    [['scrub', 'nowhere.json', '--campaign', 'c'], 'cannot be read'],
    [['scrub', FTC_LIST], "required option '--campaign <id>'"],
    [['scrub', FTC_LIST, '--campaign', 'c', '--at', 'tomorrow'], 'RFC 3339'],
    [['scrub', FTC_LIST, '--campaign', 'c', '--region', 'China'], 'two letters'],
    [['scrub', FTC_LIST, '--campaign', 'spring-card', '--charset', 'klingon'], 'klingon is not known'],
    [['frobnicate'], 'unknown command'],
  ])('answers 2 to %j', async (args, message) => {
    expect(await refusal(args)).toEqual([2, expect.stringContaining(message)]);
  });

  it('answers 2 to a table without a number column', async () => {
    const table = await file('list.csv', 'phone\n13800138003\n');
    expect(await refusal(['scrub', table, '--campaign', 'spring-card'])).toEqual([
      2,
      expect.stringContaining('no column `number`'),
    ]);
  });

  it('answers 3 where there is no such campaign, with the problem of the gateway', async () => {
    expect(await refusal(['scrub', await list(), '--campaign', 'none'])).toEqual([
      3,
      expect.stringContaining('404 NOT_FOUND: This is NOT_FOUND.'),
    ]);
  });

  it('answers 3 where the gateway refuses a batch as a whole', async () => {
    gateway.disturb = ({ url }, response) => {
      if (url.endsWith('/batch')) problem(response, 401, 'UNAUTHENTICATED');
      return url.endsWith('/batch');
    };
    const [code, stderr] = await refusal(['scrub', await list(), '--campaign', 'spring-card']);
    expect([code, stderr]).toEqual([3, expect.stringContaining('401 UNAUTHENTICATED')]);
    expect(stderr).not.toContain('13800138003');
  });

  it('answers 3 where answers are missing, rather than shifting the others', async () => {
    gateway.disturb = ({ url }, response) => {
      if (url.endsWith('/batch')) send(response, 200, { results: [] });
      return url.endsWith('/batch');
    };
    expect(await refusal(['scrub', await list(), '--campaign', 'spring-card'])).toEqual([
      3,
      expect.stringContaining('another number of rows'),
    ]);
  });

  it('needs --caller-id of a client that may not read campaigns', async () => {
    gateway.disturb = ({ url }, response) => {
      if (url.includes('/campaigns/')) problem(response, 403, 'FORBIDDEN');
      return url.includes('/campaigns/');
    };
    const path = await list();
    expect(await refusal(['scrub', path, '--campaign', 'spring-card'])).toEqual([
      2,
      expect.stringContaining('--caller-id'),
    ]);
    expect((await scrub(path, '--caller-id', '95588')).code).toBe(0);
    expect(gateway.batches[0]?.calls[0]).toEqual({
      to: '13800138003',
      callerId: '95588',
      campaignId: 'spring-card',
    });
  });

  it('gives up on a gateway that is not there', async () => {
    const { url } = gateway;
    await gateway.stop();
    const [code, stderr] = await refusal(['scrub', await list(), '--campaign', 'spring-card'], {
      QUIETLINE_URL: url,
    });
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/cannot be reached \(ECONNREFUSED\), \d times in a row/),
    ]);
    gateway = await PreviewGateway.start(judge);
  }, 60_000);
});

/** Number, outcome and reasons of a line whose number may be quoted. */
function shortRow(line: string): [string, string, string] {
  const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
  return [(cells[0] ?? '').replace(/^'/, ''), cells[2] ?? '', cells[3] ?? ''];
}

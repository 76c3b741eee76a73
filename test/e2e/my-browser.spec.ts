import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type TestApp, startApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { findChromium } from '../support/chromium';
import { expectStatus } from '../support/http';

const TEN = '2026-11-20T10:00:00+08:00';
const PHONE = { width: 360, height: 740 };
const executablePath = findChromium();
const isRequired = process.env['CI'] === 'true';
if (executablePath === undefined && !isRequired) {
  process.stderr.write(
    'There is no Chromium here: the page is not tried in a browser. CHROMIUM may name one.\n',
  );
}
const inBrowser = executablePath === undefined && !isRequired ? describe.skip : describe;

inBrowser('the page in a browser', () => {
  let app: TestApp;
  let bank: Bank;
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    if (executablePath === undefined)
      throw new Error('CI needs Chromium: npm test installs it where it can.');
    app = await startApp({ now: TEN });
    bank = await openBank(app);
    const nest = await app.serving('GET', '/my');
    await nest.listen(0, '127.0.0.1');
    const { port } = nest.getHttpServer().address() as { port: number };
    origin = `http://127.0.0.1:${port}`;
    // As root a browser starts only without its sandbox; it opens nothing but our own pages.
    browser = await chromium.launch({
      executablePath,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  async function personWithCall(): Promise<{ number: string; personId: string }> {
    const number = freshNumber();
    await consent(bank, { number });
    const { callId } = await ask(bank, number);
    const event = { type: 'placed', at: TEN };
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, event));
    const { personId } = await expectStatus(
      200,
      bank.cast.officer.post<{ personId: string }>('/v1/people/lookup', { number }),
    );
    return { number, personId };
  }

  async function linkTo(personId: string, language: 'en' | 'zh-CN'): Promise<string> {
    const { url } = await expectStatus(
      201,
      bank.cast.care.post<{ url: string }>(`/v1/people/${personId}/links`, { language }),
    );
    return origin + new URL(url).pathname;
  }

  async function onPage<T>(options: BrowserContextOptions, use: (page: Page) => Promise<T>): Promise<T> {
    const context = await browser.newContext({ viewport: PHONE, ...options });
    try {
      return await use(await context.newPage());
    } finally {
      await context.close();
    }
  }

  /** What axe finds of serious or critical impact. */
  async function grave(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id }) => id);
  }

  const isWiderThanScreen = (page: Page): Promise<boolean> =>
    page.evaluate('document.documentElement.scrollWidth > window.innerWidth');

  it.each(['en', 'zh-CN'] as const)('stops everything without scripts, in %s', async (language) => {
    const { number, personId } = await personWithCall();
    await onPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(await linkTo(personId, language));
      await page.getByRole('button').click();
      expect(new URL(page.url()).pathname).toBe('/my');
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      expect(await page.getByRole('listitem').count()).toBe(1);
      await page.getByRole('button').click();
      expect(await page.getByRole('status').count()).toBe(1);
    });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('works by keyboard alone', async () => {
    const { number, personId } = await personWithCall();
    await onPage({}, async (page) => {
      await page.goto(await linkTo(personId, 'en'));
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/my');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      await page.waitForURL('**/my/stop');
    });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it.each(['light', 'dark'] as const)(
    'has nothing grave for axe and fits a phone, in the %s',
    async (colorScheme) => {
      const { personId } = await personWithCall();
      // The page forbids scripts, so its policy is set aside for the checker alone.
      await onPage({ colorScheme, bypassCSP: true }, async (page) => {
        for (const language of ['en', 'zh-CN'] as const) {
          const link = await linkTo(personId, language);
          const seen: [string, string[], boolean][] = [];
          const look = async (name: string): Promise<void> => {
            seen.push([name, await grave(page), await isWiderThanScreen(page)]);
          };
          await page.goto(link);
          await look('link');
          await page.getByRole('button').click();
          await page.waitForURL('**/my');
          await look('view');
          await page.getByRole('button').click();
          await page.waitForURL('**/my/stop');
          await look('stopped');
          await page.goto(link);
          await look('gone');
          expect(seen).toEqual(['link', 'view', 'stopped', 'gone'].map((name) => [name, [], false]));
        }
      });
    },
  );

  it('runs no script, loads nothing from elsewhere and lies in nobody’s frame', async () => {
    const { personId } = await personWithCall();
    const link = await linkTo(personId, 'en');
    await onPage({}, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).origin));
      await page.goto(link);
      await expect(page.addScriptTag({ content: 'window.ran = true' })).rejects.toThrow();
      await page.getByRole('button').click();
      await page.waitForURL('**/my');
      expect(new Set(asked)).toEqual(new Set([origin]));
    });
    const fresh = await linkTo(personId, 'en');
    await onPage({}, async (page) => {
      await page.setContent(`<iframe src="${fresh}"></iframe>`);
      const frame = page.frames().find((one) => one !== page.mainFrame());
      expect(await frame?.locator('button').count()).toBe(0);
    });
  });

  it('shows one person’s page in one browser and nothing of it in another', async () => {
    const [one, other] = [await personWithCall(), await personWithCall()];
    await onPage({}, async (page) => {
      await page.goto(await linkTo(one.personId, 'en'));
      await page.getByRole('button').click();
      await page.waitForURL('**/my');
      await onPage({}, async (elsewhere) => {
        expect((await elsewhere.goto(`${origin}/my`))?.status()).toBe(410);
        await elsewhere.goto(await linkTo(other.personId, 'en'));
        await elsewhere.getByRole('button').click();
        await elsewhere.waitForURL('**/my');
        await elsewhere.getByRole('button').click();
      });
    });
    expect(codesOf(await ask(bank, one.number))).not.toContain('SUPPRESSED');
    expect(codesOf(await ask(bank, other.number))).toContain('SUPPRESSED');
  });
});

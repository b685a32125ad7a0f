import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MEND = 'set CHROME_BIN, or put one on PATH: apt-get install chromium fonts-liberation';

/** `CHROME_BIN`, or the first of its usual names on `PATH`. */
export function installedChromium(env: NodeJS.ProcessEnv): string | undefined {
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return env.CHROME_BIN || onPath.find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a page that has no script, and fonts of which every machine with Chromium has the same. */
export type Open = (markup: string, options: BrowserContextOptions) => Promise<Page>;

/**
 * A `describe` whose tests look at pages in a headless Chromium. Without one its tests are skipped and say so; in CI
 * (`CI=true`) they fail instead.
 */
export function describeInBrowser(name: string, tests: (open: Open) => void): void {
  const executablePath = installedChromium(process.env);
  if (executablePath === undefined && process.env.CI === 'true') {
    describe(name, () => {
      test('has a Chromium', () => {
        throw new Error(`no Chromium to look with: ${MEND}`);
      });
    });
    return;
  }
  if (executablePath === undefined) {
    process.stderr.write(`SKIPPED ${name}: no Chromium on this machine; ${MEND}\n`);
    describe(name, () => test.skip(`no Chromium on this machine: ${MEND}`, () => undefined));
    return;
  }
  describe(name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'picture-'));
    let browser: Browser;
    beforeAll(async () => {
      // Chromium's sandbox does not run as root.
      browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
    });
    afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    });
    tests(async (markup, options) => {
      const file = join(folder, 'page.html');
      writeFileSync(file, markup.replace('</style>', `${FONTS}</style>`));
      const page = await (await browser.newContext({ javaScriptEnabled: false, ...options })).newPage();
      await page.goto(`file://${file}`);
      return page;
    });
  });
}

const FONTS = 'body { font-family: "Liberation Sans" } code, .error { font-family: "Liberation Mono" }';

import type { Page } from 'playwright-core';
import { describeInBrowser } from './browser';
import { FAINT, OVERFLOWING } from './in-page';
import { samplePage } from './sample';
import { expectKept, looksOtherwise, SCALE } from './screenshot';

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: SCALE };
const DESKTOP = { viewport: { width: 1280, height: 900 }, deviceScaleFactor: SCALE };
/** A4 at 96 pixels an inch, without the margins that the page asks for. */
const PAPER = { viewport: { width: 703, height: 1009 }, deviceScaleFactor: SCALE };

const overflowing = (page: Page) => page.evaluate<string[]>(OVERFLOWING);
const faint = (page: Page) => page.evaluate<string[]>(FAINT);

describeInBrowser('the page of a rehearsal in a browser', (open) => {
  test.each([
    ['phone', PHONE],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' as const }],
    ['desktop', DESKTOP],
    ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' as const }],
  ])('%s: it looks as it did, nothing reaches beyond the window, and all is readable', async (name, options) => {
    const page = await open(samplePage(), options);
    expect(await overflowing(page)).toEqual([]);
    expect(await faint(page)).toEqual([]);
    expectKept(name, await page.screenshot({ fullPage: true }));
  });

  test('on paper: A4, a few pages, in light colours, and nothing is cut off', async () => {
    const page = await open(samplePage(), { ...PAPER, colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await overflowing(page)).toEqual([]);
    expect(await faint(page)).toEqual([]);
    expectKept('paper', await page.screenshot({ fullPage: true }));
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const pages = pdf.match(/\/Type\s*\/Page\b/g) ?? [];
    expect(pdf.match(/\/MediaBox\s*\[0 0 59\d(\.\d+)? 84\d(\.\d+)?\]/g)).toHaveLength(pages.length);
    expect([7, 8, 9]).toContain(pages.length);
  });

  test.each([
    ['the bars are gone', '.bar { display: none }'],
    ['the arrows are gone', '.arrow { display: none }'],
    ['a column is as wide as its text', '.rows td { white-space: nowrap }'],
    ['the rows of the phone are those of the desktop', '.rows tr { display: table-row !important } .rows td, .rows tbody th { display: table-cell !important }'],
    ['a font is another', 'body { font-size: 17px !important }'],
    ['an error is not seen', '.error { visibility: hidden }'],
  ])('a page where %s looks otherwise', async (_, style) => {
    const page = await open(samplePage().replace('</style>', `${style}</style>`), PHONE);
    expect(looksOtherwise('phone', await page.screenshot({ fullPage: true }))).toBe(true);
  });

  test('a step is unfolded without a script, and comes into view by its link', async () => {
    const page = await open(samplePage(), PHONE);
    const sequence = page.locator('#prod-step-1 .sequence');
    expect(await page.locator('#dev-step-2').getAttribute('open')).toBe('');
    expect(await sequence.isVisible()).toBe(true);
    await page.locator('#prod-step-1 summary').click();
    expect(await sequence.isVisible()).toBe(false);
    await page.locator('.failures a').click();
    expect(Math.abs((await page.locator('#prod-step-2').boundingBox())?.y ?? Infinity)).toBeLessThan(PHONE.viewport.height);
  });

  test('it asks for nothing but itself', async () => {
    const page = await open(samplePage(), { ...DESKTOP, javaScriptEnabled: true });
    const [asked, said]: [string[], string[]] = [[], []];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    await page.reload();
    expect(asked).toEqual([page.url()]);
    expect(said).toEqual([]);
  });

  test('whoever does not see it finds their way: landmarks, headings in order, tables with headers', async () => {
    const page = await open(samplePage(), DESKTOP);
    for (const [role, name] of [['banner'], ['navigation', 'Sections'], ['main'], ['contentinfo'], ['region', 'What failed']] as const) {
      expect(await page.getByRole(role, name === undefined ? {} : { name, exact: true }).count()).toBe(1);
    }
    const levels = await page.evaluate<number[]>("[...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]))");
    levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1));
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    expect(await page.getByRole('cell', { name: 'Vault-ConfigurationFunction to Vault by the API server’s proxy' }).count()).toBeGreaterThan(0);
  });
});

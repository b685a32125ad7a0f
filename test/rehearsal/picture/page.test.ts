import { guideRows } from '../../../rehearsal/guide';
import type { Exchange } from '../../../rehearsal/picture/exchange';
import { pictureOf, type Picture } from '../../../rehearsal/picture/model';
import { renderPage } from '../../../rehearsal/picture/page';
import { reportOf, type StepResult } from '../../../rehearsal/report';
import { exchange } from './exchanges';

const began = Date.parse('2026-11-24T10:00:00Z');
const all = Object.fromEntries(Object.keys(guideRows).map((row) => [row, `shown ${row}`]));
const step = (title: string, at: number, more: Partial<StepResult> = {}): StepResult => ({ title, began: began + at, ms: 1000, evidence: {}, ...more });
const well = [step('Start', 0), step('Show', 1000, { evidence: all }), step('More', 2000, { evidence: { beyond: 'and more' } })];
const broken = [step('Start', 0), step('Show', 1000, { error: 'the trust is <wrong>' })];

function page(environments: Readonly<Record<string, { steps: readonly StepResult[]; sent?: readonly Exchange[] }>>, more: Partial<Picture> = {}): string {
  const pictures = Object.entries(environments).map(([name, { steps, sent = [] }]) => pictureOf(reportOf(name, steps), sent));
  return renderPage({ began: '2026-11-24T10:00:00.000Z', vault: 'Vault 1.21.1', apiServer: 'stand-in', environments: pictures, outstanding: [], ...more });
}

/** A page's text, without its style. */
const text = (markup: string) => markup.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

test('it has the verdict, every row of the guide, what was shown besides, and a bar a step', () => {
  const markup = page({ dev: { steps: well } });
  expect(text(markup)).toContain('22 of 22 rows of the guide shown');
  expect(markup.match(/<th scope="row">/g)).toHaveLength(22 + 1 + 3);
  expect(markup.match(/class="bar" style="([^"]*)"/g)).toEqual(['left:0.00%;width:33.33%', 'left:33.33%;width:33.33%', 'left:66.67%;width:33.33%'].map((style) => `class="bar" style="${style}"`));
  expect(markup).not.toContain('What failed');
});

test('where a step failed, that comes before all rows, with what it said and a way to its requests, which are open', () => {
  const markup = page({ dev: { steps: well }, prod: { steps: broken, sent: [exchange(began + 1500)] } });
  expect(markup).toContain('<title>Failed: rehearsal of dev, prod</title>');
  expect(text(markup)).toContain('What failed prod Show its requests the trust is &lt;wrong&gt; 22 rows of the guide not shown: 1, 2,');
  expect(markup.indexOf('What failed')).toBeLessThan(markup.indexOf('row by row'));
  expect(markup).toContain('<a href="#prod-step-1">its requests</a>');
  expect(markup).toMatch(/<details id="prod-step-1" open>/);
});

test('a request is in the step in which it was sent, after its begin; a confirmed token is counted', () => {
  const token = exchange(began + 1200, { from: 'api-server', to: 'aws', request: 'GetCallerIdentity' });
  const markup = page({ dev: { steps: well, sent: [exchange(began - 5), exchange(began + 1300, { from: 'function', who: 'Configuration', proxied: true, request: 'PUT sys/mounts/dev', ms: 7 }), token, { ...token, at: began + 1201, status: 403 }] } });
  const [start = '', show = ''] = markup.match(/<details.*?<\/details>/gs) ?? [];
  expect(text(start)).toContain('Start 1 request');
  expect(text(show)).toContain('Show 2 requests, 1 refused, 1 token verified');
  expect(text(show)).toContain('300 ms Configuration to Vault by the API server’s proxy PUT sys/mounts/dev Configuration 200 7 ms');
});

test('links lead to what is there', () => {
  const markup = page({ 'a/b': { steps: broken, sent: [exchange(began + 1500)] }, dev: { steps: well, sent: [exchange(began), exchange(began + 1100)] } });
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, target] of markup.matchAll(/ (?:href="#|aria-labelledby=")([^"]*)"/g)) expect(ids).toContain(target);
});

test('it needs nothing from anywhere, and no script', () => {
  const markup = page({ dev: { steps: well, sent: [exchange(began)] } });
  expect(markup).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
  expect(markup).not.toMatch(/<script|\bon\w+="|url\(|@import|<link|<img|src=|href="[^#]/);
});

test('a run that something ended, or that goes on, says so', () => {
  const markup = page({ dev: { steps: well } }, { outstanding: ['prod'], failure: 'cdk synth failed' });
  expect(text(markup)).toContain('It ended early cdk synth failed');
  expect(text(markup)).toContain('Not rehearsed when this was written: prod.');
  expect(text(page({}))).toContain('Nothing was rehearsed');
});

test('tens of thousands of requests make no large page', () => {
  const sent = Array.from({ length: 30_000 }, (_, index) => exchange(began + index / 10, { request: `GET dev/data/${index}` }));
  expect(page({ prod: { steps: well, sent } }).length).toBeLessThan(100_000);
});

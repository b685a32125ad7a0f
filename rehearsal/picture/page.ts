import { html, type Html } from './html';
import type { EnvironmentPicture, Picture } from './model';
import { beyondTable, guideTable } from './rows';
import { legend, sequences } from './sequence';
import { STYLE } from './style';
import { waterfall } from './waterfall';
import { count, duration, idOf } from './words';

/** The page of a rehearsal: one file that needs no script and nothing from anywhere else. */
export function renderPage(picture: Picture): string {
  const { environments, failure } = picture;
  const failed = environments.filter(({ passed }) => !passed);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${failed.length > 0 || failure !== undefined ? 'Failed: r' : 'R'}ehearsal of ${environments.map(({ environment }) => environment).join(', ') || 'nothing'}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Rehearsal</h1>
${verdict(picture)}
<dl>
<div><dt>Began</dt><dd><time datetime="${picture.began}">${picture.began.slice(0, 16).replace('T', ' ')} UTC</time></dd></div>
<div><dt>Took</dt><dd>${duration(environments.reduce((sum, { ms }) => sum + ms, 0))}</dd></div>
<div><dt>Vault</dt><dd>${picture.vault}</dd></div>
<div><dt>API server</dt><dd>${picture.apiServer}</dd></div>
</dl>
${environments.length > 0 && html`<nav aria-label="Sections">${environments.map(contents)}</nav>`}
</header>
<main>
${failure !== undefined && html`<section class="failures" aria-labelledby="ended"><h2 id="ended">It ended early</h2><p class="error">${failure}</p></section>`}
${failed.length > 0 && failures(failed)}
${environments.map(section)}
</main>
<footer>
<p>Of each request this page has who sent it to whom, method, path, status and duration. Headers and bodies were never recorded; in paths, what has the form of a secret is “•••”. What the rehearsal itself asks Vault, to look at it from outside, is left out.</p>
</footer>
</body>
</html>
`.markup;
}

function verdict({ environments, outstanding, failure }: Picture): Html {
  const failed = environments.filter(({ passed }) => !passed);
  const rows = environments.flatMap((each) => each.rows);
  const shown = rows.filter((row) => row.shown).length;
  const well = failed.length === 0 && failure === undefined;
  const words =
    failed.length > 0
      ? `${failed.map(({ environment }) => environment).join(', ')} failed`
      : environments.length === 0
        ? 'Nothing was rehearsed'
        : rows.length === 0
          ? 'All of it was shown'
          : `${shown} of ${rows.length} rows of the guide shown`;
  return html`<p class="verdict ${well && environments.length > 0 ? 'well' : 'badly'}">${words}</p>
${outstanding.length > 0 && html`<p class="note">Not rehearsed when this was written: ${outstanding.join(', ')}.</p>`}`;
}

function contents({ environment, passed, rows }: EnvironmentPicture): Html {
  const links = [...(rows.length > 0 ? [['guide', 'Guide']] : []), ['waterfall', 'Steps'], ['requests', 'Requests']] as const;
  return html`<p><strong>${mark(passed)} ${environment}</strong> ${links.map(([part, words]) => html`<a href="#${idOf(environment, part ?? '')}">${words}</a> `)}</p>`;
}

function failures(failed: readonly EnvironmentPicture[]): Html {
  return html`<section class="failures" aria-labelledby="failures">
<h2 id="failures">What failed</h2>
${failed.map(({ environment, steps, rows }) => {
    const broken = steps.flatMap(({ title, error }, index) => (error === undefined ? [] : [{ title, error, index }]));
    const missing = rows.filter(({ shown }) => !shown);
    return html`<h3>${environment}</h3>
${broken.map(({ title, error, index }) => html`<p><strong>${title}</strong> <a href="#${idOf(environment, 'step', index)}">its requests</a></p><p class="error">${error}</p>`)}
${missing.length > 0 && html`<p class="note">${count(missing.length, 'row')} of the guide not shown: ${missing.map(({ row }) => row).join(', ')}.</p>`}`;
  })}
</section>`;
}

function section(picture: EnvironmentPicture): Html {
  const { environment, passed, rows, beyond, steps, ms } = picture;
  const requests = steps.reduce((sum, step) => sum + step.requests, 0);
  return html`<section class="environment" aria-labelledby="${idOf(environment)}">
<h2 id="${idOf(environment)}">${mark(passed)} ${environment}</h2>
${rows.length > 0 && html`<h3 id="${idOf(environment, 'guide')}">The guide, row by row</h3>${guideTable(rows)}`}
${beyond.length > 0 && html`<h3>${rows.length > 0 ? 'Beyond the guide' : 'What was shown'}</h3>${beyondTable(beyond)}`}
<h3 id="${idOf(environment, 'waterfall')}">${count(steps.length, 'step')} in ${duration(ms)}</h3>
${waterfall(environment, steps, ms)}
<h3 id="${idOf(environment, 'requests')}">${count(requests, 'request')}</h3>
${legend()}
${sequences(environment, steps)}
</section>`;
}

function mark(well: boolean): Html {
  return well ? html`<span class="mark well" role="img" aria-label="passed">✔</span>` : html`<span class="mark badly" role="img" aria-label="failed">✖</span>`;
}

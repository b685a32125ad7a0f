import type { BeyondResult, RowResult } from '../report';
import { html, type Html } from './html';
import { duration } from './words';

/** The guide's rows, each with how it was shown. */
export function guideTable(rows: readonly RowResult[]): Html {
  return html`<table class="rows">
<thead><tr><th scope="col">Row</th><th scope="col">What the guide asks for</th><th scope="col">How it was shown</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${rows.map(
  ({ row, needs, shown, how, ms }) => html`<tr class="${shown ? 'well' : 'badly'}"><td class="key">${shown ? '✔' : '✖'} ${row}</td><th scope="row">${needs}</th><td>${shown ? how : 'not shown'}</td><td class="number">${shown ? duration(ms) : ''}</td></tr>
`,
)}</tbody>
</table>`;
}

/** What was shown besides. */
export function beyondTable(results: readonly BeyondResult[]): Html {
  return html`<table class="rows">
<thead><tr><th scope="col"><span class="unseen">Result</span></th><th scope="col">What</th><th scope="col">How it was shown</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${results.map(
  ({ title, how, ms }) => html`<tr class="well"><td class="key">✔</td><th scope="row">${title}</th><td>${how}</td><td class="number">${duration(ms)}</td></tr>
`,
)}</tbody>
</table>`;
}

import { html, type Html } from './html';
import type { StepPicture } from './model';
import { duration, idOf } from './words';

const TICKS = [0, 0.25, 0.5, 0.75];

/** When each step began and how long it took. @param ms of all */
export function waterfall(environment: string, steps: readonly StepPicture[], ms: number): Html {
  const share = (part: number) => ((100 * part) / Math.max(ms, 1)).toFixed(2);
  return html`<table class="waterfall">
<thead><tr><th scope="col">Step</th><th scope="col" class="time"><span class="unseen">When, from</span> ${TICKS.map((tick) => html`<span class="tick" style="left:${tick * 100}%">${duration(tick * ms)}</span>`)}</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${steps.map(
  ({ title, offset, ms: took, error, requests }, index) => html`<tr class="${error === undefined ? 'well' : 'badly'}"><th scope="row">${error === undefined ? '' : '✖ '}${requests > 0 ? html`<a href="#${idOf(environment, 'step', index)}">${title}</a>` : title}</th><td class="time"><span class="bar" style="left:${share(offset)}%;width:${share(took)}%"></span><span class="unseen">after ${duration(offset)}</span></td><td class="number">${duration(took)}</td></tr>
`,
)}</tbody>
</table>`;
}

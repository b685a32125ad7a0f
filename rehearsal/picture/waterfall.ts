import { html, type Html } from './html';
import type { StepPicture } from './model';
import { duration, idOf } from './words';

const [SECOND, MINUTE] = [1000, 60_000];
/** Between two ticks, milliseconds. */
const DISTANCES = [100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE];
const MOST_TICKS = 4;

/** Round times within some milliseconds, a few of them. */
export function ticksOf(ms: number): readonly number[] {
  const distance = DISTANCES.find((each) => each * MOST_TICKS >= ms) ?? ms / MOST_TICKS;
  return Array.from({ length: MOST_TICKS }, (_, index) => index * distance).filter((tick) => tick < 0.9 * ms || tick === 0);
}

/** When each step began and how long it took. @param ms of all */
export function waterfall(environment: string, steps: readonly StepPicture[], ms: number): Html {
  const share = (part: number) => ((100 * part) / Math.max(ms, 1)).toFixed(2);
  const ticks = ticksOf(ms);
  const lines = ticks.map((tick) => html`<i style="left:${share(tick)}%"></i>`);
  return html`<table class="waterfall">
<thead><tr><th scope="col">Step</th><th scope="col" class="time"><span class="unseen">When</span> ${ticks.map((tick) => html`<span class="tick" style="left:${share(tick)}%" aria-hidden="true">${tick === 0 ? '0' : duration(tick)}</span>`)}</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${steps.map(
  ({ title, offset, ms: took, error, requests }, index) => html`<tr class="${error === undefined ? 'well' : 'badly'}"><th scope="row">${error === undefined ? '' : '✖ '}${requests > 0 ? html`<a href="#${idOf(environment, 'step', index)}">${title}</a>` : title}</th><td class="time">${lines}<span class="bar" style="left:${share(offset)}%;width:${share(took)}%"></span><span class="unseen">after ${duration(offset)}</span></td><td class="number">${duration(took)}</td></tr>
`,
)}</tbody>
</table>`;
}

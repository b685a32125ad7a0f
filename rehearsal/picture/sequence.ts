import { isRefused, PARTIES, type Exchange } from './exchange';
import type { Rest, Run } from './fold';
import { html, type Html } from './html';
import type { StepPicture } from './model';
import { count, duration, idOf, PARTY_WORDS } from './words';

/** How to read the sequences. */
export function legend(): Html {
  return html`<p class="note">Each line is a request, from its sender to who answered. A dot on the way is the API server, whose proxy led it on. Requests that are alike are counted (×3). The tokens by which functions and people come to the API server are verified at STS each time: that is counted, too.</p>`;
}

/** A sequence for each step that sent requests. What shows a row of the guide, and what failed, is open from the start. */
export function sequences(environment: string, steps: readonly StepPicture[]): Html {
  return html`${steps.map((step, index) => step.requests > 0 && sequence(idOf(environment, 'step', index), step))}`;
}

function sequence(id: string, { title, error, shows, requests, refused, tokens, sequence: rows, began }: StepPicture): Html {
  const facts = [count(requests, 'request'), ...(refused > 0 ? [`${refused} refused`] : []), ...(tokens > 0 ? [`${count(tokens, 'token')} verified`] : [])];
  return html`<details id="${id}"${(error !== undefined || shows.length > 0) && html` open`}>
<summary><span class="title">${error === undefined ? '' : '✖ '}${title}</span> <span class="facts">${facts.join(', ')}</span></summary>
<table class="sequence">
<thead><tr><th scope="col" class="number">After</th><th scope="col" class="lanes">${PARTIES.map((party) => html`<span>${PARTY_WORDS[party]}</span>`)}</th><th scope="col">Request</th><th scope="col">Answer</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${rows.map((row) => (row.kind === 'run' ? runRow(row, began) : restRow(row)))}</tbody>
</table>
</details>
`;
}

function runRow({ first, count: times }: Run, began: number): Html {
  const { from, to, who, proxied, request, status, code, ms, at } = first;
  return html`<tr class="${isRefused(first) ? 'badly' : 'well'}"><td class="number">${duration(Math.max(0, at - began))}</td><td class="lanes">${arrow(first)}<span class="unseen">${who} to ${PARTY_WORDS[to]}${proxied && ' by the API server’s proxy'}</span></td><td class="request"><code>${request}</code>${times > 1 && html` <b>×${times}</b>`}${from === 'function' && html` <span class="who">${who}</span>`}</td><td class="status">${status ?? 'no answer'}${code !== undefined && html` ${code}`}</td><td class="number">${ms === undefined ? '' : duration(ms)}</td></tr>
`;
}

function arrow({ from, to, proxied }: Pick<Exchange, 'from' | 'to' | 'proxied'>): Html {
  const [start, end] = [PARTIES.indexOf(from), PARTIES.indexOf(to)];
  return html`<span class="arrow ${end > start ? 'right' : 'left'}" style="--from:${Math.min(start, end)};--span:${Math.abs(end - start)}" aria-hidden="true"></span>${proxied && html`<span class="via" style="--at:${PARTIES.indexOf('api-server')}" aria-hidden="true"></span>`}`;
}

function restRow({ count: number, kinds, others }: Rest): Html {
  return html`<tr class="rest"><td></td><td colspan="4"><p>${count(number, 'more request')}:</p><ul>${kinds.map(
    ({ first, count: times }) => html`<li><b>×${times}</b> ${PARTY_WORDS[first.from]} → ${PARTY_WORDS[first.to]} <code>${first.request}</code> ${first.status ?? 'no answer'}</li>`,
  )}${others > 0 && html`<li><b>×${others}</b> of other kinds</li>`}</ul></td></tr>
`;
}

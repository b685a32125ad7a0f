import { isRefused, PARTIES, type Exchange, type Party } from './exchange';
import type { Rest, Run } from './fold';
import { html, type Html } from './html';
import type { StepPicture } from './model';
import { count, duration, idOf, PARTY_WORDS } from './words';

/** How to read the sequences. */
export function legend(): Html {
  return html`<p class="note">Each line is a request, from its sender to who answered; dashed if it was refused or had no answer. A dot on the way is the API server, whose proxy led it on. Requests that are alike are one line (×3). The token by which a function or a person comes to the API server is verified at STS each time: that is counted.</p>
<p class="note on-paper">Of steps that are folded, this print has the totals: unfold on the screen what you want on paper.</p>`;
}

/** Rows of the guide that are told by requests: Vault is configured, Gloo reads. */
const STORY: readonly number[] = [5, 11];

/** A sequence for each step that sent requests. What tells the story, and what failed, is unfolded from the start. */
export function sequences(environment: string, steps: readonly StepPicture[]): Html {
  return html`${steps.map((step, index) => step.requests > 0 && sequence(idOf(environment, 'step', index), step))}`;
}

function sequence(id: string, { title, error, shows, requests, refused, tokens, sequence: rows, began }: StepPicture): Html {
  const facts = [count(requests, 'request'), ...(refused > 0 ? [`${refused} refused`] : []), ...(tokens > 0 ? [`${count(tokens, 'token')} verified`] : [])];
  return html`<details id="${id}"${(error !== undefined || shows.some((row) => STORY.includes(row))) && html` open`}>
<summary><span class="title">${error === undefined ? '' : '✖ '}${title}</span> <span class="facts">${facts.join(', ')}</span></summary>
<table class="sequence">
<thead><tr><th scope="col" class="number">After</th><th scope="col" class="lanes">${PARTIES.map((party) => html`<span>${party === 'api-server' ? html`API<i> server</i>` : PARTY_WORDS[party]}</span>`)}</th><th scope="col">Request</th><th scope="col">Answer</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
${rows.map((row, index) => (row.kind === 'run' ? runRow(row, began, lastOf(row.first.from, rows.slice(0, index))) : restRow(row)))}</tbody>
</table>
</details>
`;
}

/** The last request of a party. */
function lastOf(from: Party, rows: readonly (Run | Rest)[]): Exchange | undefined {
  return rows.flatMap((row) => (row.kind === 'run' && row.first.from === from ? [row.first] : [])).at(-1);
}

/** @param before the sender's last request: who is the same is not named again. */
function runRow({ first, count: times }: Run, began: number, before: Exchange | undefined): Html {
  const { from, to, who, proxied, request, status, code, ms, at } = first;
  const named = (from === 'function' || from === 'operator') && before?.who !== who;
  return html`<tr class="${isRefused(first) ? 'badly' : 'well'}"><td class="number">${duration(Math.max(0, at - began))}</td><td class="lanes">${arrow(first)}<span class="unseen">${who} to ${PARTY_WORDS[to]}${proxied && ' by the API server’s proxy'}</span></td><td class="request"><code>${request}</code>${times > 1 && html` <b>×${times}</b>`}${named && html` <span class="who">${who}</span>`}</td><td class="status">${status ?? 'no answer'}${code !== undefined && html` ${code}`}</td><td class="number">${ms === undefined ? '' : duration(ms)}</td></tr>
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

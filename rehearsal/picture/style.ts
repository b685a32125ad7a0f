import { Html } from './html';

/** The page's whole style: light and dark, from 360 pixels on, and A4. It is no user's text, and stands in the page as it is. */
export const STYLE = new Html(`
:root { color-scheme: light dark; --ground: #fff; --raised: #f5f6f8; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --well: #176639; --badly: #b3261e; --bar: #3b6fd4; --badly-ground: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --ground: #111418; --raised: #1a1f26; --ink: #e6e9ee; --quiet: #a3acb8; --line: #363d47; --well: #6cd197; --badly: #ff9d94; --bar: #7aa5f5; --badly-ground: #3a1a18; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--ground); color: var(--ink); font: 1rem/1.45 system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.2; margin: 2rem 0 .6rem; }
h1 { font-size: 1.1rem; margin: 0; color: var(--quiet); font-weight: 600; }
h2 { font-size: 1.6rem; border-bottom: 2px solid var(--line); padding-bottom: .3rem; margin-top: 3rem; }
h3 { font-size: 1.15rem; }
a { color: inherit; text-decoration-color: var(--bar); text-underline-offset: .15em; }
p { margin: .4rem 0; }
code { font: .875em/1.4 ui-monospace, "Liberation Mono", Menlo, Consolas, monospace; }
.verdict { font-size: 1.7rem; font-weight: 700; line-height: 1.2; margin: .2rem 0 .8rem; }
.well .key, .mark.well, .verdict.well { color: var(--well); }
.badly .key, .badly .status, .mark.badly, .verdict.badly { color: var(--badly); }
dl { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: 0 0 1rem; }
dt { color: var(--quiet); font-size: .8125rem; }
dd { margin: 0; }
nav p { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: .3rem 0; }
.note, footer { color: var(--quiet); font-size: .875rem; max-width: 70ch; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); }
.failures { background: var(--badly-ground); border-left: 4px solid var(--badly); padding: .1rem 1rem 1rem; margin: 1.5rem 0; }
.failures h2 { border: 0; margin: 1rem 0 0; font-size: 1.3rem; }
.failures h3 { margin: 1rem 0 0; }
.error { font: .875rem/1.45 ui-monospace, "Liberation Mono", Menlo, Consolas, monospace; white-space: pre-wrap; }
.on-paper { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; }
thead th { color: var(--quiet); font-size: .8125rem; font-weight: 600; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 600; }
tbody tr { border-bottom: 1px solid var(--line); }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; padding-right: 0; }
.rows .key { white-space: nowrap; font-weight: 700; width: 3.2rem; }
.rows tbody th { width: 32%; }
.waterfall tbody th { width: 42%; font-weight: 400; font-size: .9375rem; }
.waterfall .time { position: relative; }
.waterfall thead .time { height: 1.6rem; }
.waterfall tbody i { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); }
.tick { position: absolute; font-weight: 400; border-left: 1px solid var(--line); padding-left: .2rem; white-space: nowrap; }
.bar { position: absolute; top: .55rem; height: .8rem; min-width: 2px; background: var(--bar); border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.badly .bar { background: var(--badly); }
.waterfall .number { width: 6rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { padding: .6rem .8rem; cursor: pointer; }
summary .title { font-weight: 600; }
.facts, .who { color: var(--quiet); font-size: .8125rem; }
details[open] > summary { border-bottom: 1px solid var(--line); background: var(--raised); border-radius: 6px 6px 0 0; }
.sequence { font-size: .875rem; }
.sequence td, .sequence th { padding: .25rem .6rem .25rem 0; }
.sequence td:first-child, .sequence th:first-child { width: 4.5rem; padding-right: .8rem; }
.sequence .number:last-child { width: 4.5rem; padding-right: .8rem; }
.sequence .status, .sequence th:nth-child(4) { width: 11rem; }
.sequence .lanes { position: relative; width: 26rem; padding: 0; }
.sequence thead .lanes { font-size: .7rem; white-space: nowrap; vertical-align: bottom; padding-bottom: .25rem; }
.sequence thead i { font-style: normal; }
.sequence thead .lanes span { display: inline-block; width: calc(100% / 6); text-align: center; }
.sequence tbody .lanes { background: repeating-linear-gradient(to right, transparent 0 calc(100% / 12 - .5px), var(--line) calc(100% / 12 - .5px) calc(100% / 12 + .5px), transparent calc(100% / 12 + .5px) calc(100% / 6)); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.arrow { position: absolute; top: .8rem; left: calc((var(--from) + .5) * 100% / 6); width: calc(var(--span) * 100% / 6); border-top: 2px solid var(--bar); }
.arrow::after { content: ""; position: absolute; top: -6px; border: 5px solid transparent; }
.arrow.right::after { right: 0; border-left: 8px solid var(--bar); border-right: 0; }
.arrow.left::after { left: 0; border-right: 8px solid var(--bar); border-left: 0; }
.badly .arrow { border-top-color: var(--badly); border-top-style: dashed; }
.badly .arrow.right::after { border-left-color: var(--badly); }
.badly .arrow.left::after { border-right-color: var(--badly); }
.via { position: absolute; top: calc(.8rem - 3px); left: calc((var(--at) + .5) * 100% / 6 - 4px); width: 8px; height: 8px; border: 4px solid var(--bar); border-radius: 50%; }
.badly .via { border-color: var(--badly); }
.rest ul { margin: 0; padding-left: 1rem; }
.rest td { background: var(--raised); }
@media (max-width: 46rem) {
  .rows thead, .rows tbody th, .rows td { display: block; width: auto; }
  .rows thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .rows tr { display: grid; grid-template-columns: 3.2rem 1fr auto; padding: .5rem 0; }
  .rows td, .rows tbody th { padding: 0 0 0 0; }
  .rows td:nth-child(3) { grid-column: 2 / 4; grid-row: 2; }
  .rows .number { color: var(--quiet); font-size: .875rem; padding-left: .5rem; }
  .waterfall, .waterfall tbody { display: block; }
  .waterfall thead { display: none; }
  .waterfall tr { display: grid; grid-template-columns: 1fr auto; padding: .3rem 0; }
  .waterfall tbody th { width: auto; padding: 0 .5rem 0 0; }
  .waterfall .number { grid-row: 1; grid-column: 2; width: auto; padding: 0; }
  .waterfall .time { grid-row: 2; grid-column: 1 / 3; height: .8rem; padding: 0; }
  .bar { top: .2rem; height: .45rem; }
  .facts { display: block; }
  .sequence, .sequence tbody { display: block; }
  .sequence thead { display: block; position: sticky; top: 0; background: var(--ground); z-index: 1; }
  .sequence thead tr { display: block; }
  .sequence thead th { display: none; border: 0; }
  .sequence thead i { display: none; }
  .sequence thead .lanes { display: block; padding: .3rem 0; width: 100%; border-bottom: 1px solid var(--line); }
  .sequence tbody tr { display: grid; grid-template-columns: 4.8rem 1fr auto; padding-bottom: .3rem; }
  .sequence td { padding: 0 .5rem; }
  .sequence .lanes { grid-column: 1 / 4; grid-row: 1; width: 100%; height: 1.4rem; }
  .arrow { top: .7rem; } .via { top: calc(.7rem - 3px); }
  .sequence .request { grid-column: 1 / 4; grid-row: 2; }
  .sequence .status { grid-column: 2; grid-row: 3; width: auto; }
  .sequence .rest td:last-child { grid-column: 1 / 4; }
  .sequence .number:last-child { width: auto; }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --raised: #f5f6f8; --ink: #000; --quiet: #444; --line: #bbb; --well: #176639; --badly: #b3261e; --bar: #3b6fd4; --badly-ground: #fdecea; }
  @page { size: A4; margin: 15mm 12mm; }
  html { font-size: 9pt; }
  body { padding: 0; max-width: none; }
  .on-paper { display: block; }
  nav { display: none; }
  .environment + .environment { break-before: page; }
  h3, summary { break-after: avoid; }
  tr, .failures p { break-inside: avoid; }
  details { border: 0; border-radius: 0; }
  .sequence .lanes { width: 36%; }
  .sequence thead i { display: none; }
  .sequence .status, .sequence th:nth-child(4) { width: 7rem; }
}
`);

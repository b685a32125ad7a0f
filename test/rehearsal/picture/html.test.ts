import { html } from '../../../rehearsal/picture/html';
import { fc } from '../../property';

test('what is filled in is text, in elements and in attributes', () => {
  expect(html`<a title="${'"><script>'}">${"<b>&'"}</a>`.markup).toBe('<a title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&#39;</a>');
});

test('markup and lists of it stay markup; nothing is written of what is absent', () => {
  expect(html`<ul>${[1, 0].map((number) => html`<li>${number}</li>`)}${undefined}${false}</ul>`.markup).toBe('<ul><li>1</li><li>0</li></ul>');
});

test('no text at all gets out of its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { markup } = html`<p title="${text}">${text}</p>`;
      expect(markup.match(/[<>"]/g)?.join('')).toBe('<"">' + '<>');
      expect(markup.slice('<p title="'.length, markup.indexOf('">')).replace(/&(\w+|#39);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'")).toBe(text);
    }),
  );
});

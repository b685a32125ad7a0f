import { element } from '../../../lib/vault/client/xml';

test.each([
  ['<a><Code>Throttling</Code></a>', 'Throttling'],
  ['<Code></Code>', ''],
  ['<Code>&quot;a&quot; &lt;b&gt; &#39;c&#39; &amp;lt; &unknown;</Code>', '"a" <b> \'c\' &lt; &unknown;'],
  ['<Code><inner/></Code>', undefined],
  ['no XML', undefined],
])('an element of %s', (xml, text) => {
  expect(element(xml, 'Code')).toBe(text);
});

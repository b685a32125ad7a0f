import { GlooCrash, secretOf } from '../../../rehearsal/gloo/secret-list';
import parsed from '../../cli/gloo-secret/fixtures/parsed-by-gloo.json';
import written from '../../cli/gloo-secret/fixtures/written-by-gloo.json';

const CURRENT = { deletion_time: '', destroyed: false };

describe("a secret as Gloo's own client read it", () => {
  test.each(parsed.cases)('$name', ({ value, outcome, said }) => {
    const read = () => secretOf(value, CURRENT);
    if (outcome === 'read') expect(read()).toBeDefined();
    else if (outcome === 'crashes') expect(read).toThrow(GlooCrash);
    else expect(read).toThrow(comparable(said ?? ''));
  });

  test.each(Object.entries(written.secrets))('%s that it wrote', (_, value) => {
    const kind = Object.keys(value).find((field) => field !== 'metadata') ?? '';
    expect(secretOf(value, CURRENT)).toMatchObject({ namespace: 'kinds', name: value.metadata.name, kind });
  });
});

describe('a version', () => {
  const value = { metadata: { name: 'a', namespace: 'b' } };

  test('that will end by itself is deleted already', () => {
    expect(secretOf(value, { ...CURRENT, deletion_time: '2999-01-01T00:00:00Z' })).toBeUndefined();
  });

  test('without a value ends the client', () => {
    expect(() => secretOf(null, { ...CURRENT, destroyed: true })).toThrow(GlooCrash);
  });
});

/** Go's words, without what its own JSON parser adds on numbers and offsets; of several unknown fields it names any. */
function comparable(said: string): string | RegExp {
  const unknown = /^unknown field "[^"]*" (in .*)$/.exec(said);
  if (unknown) return new RegExp(`^unknown field "[^"]*" ${unknown[1]}$`);
  if (/base64/.test(said)) return 'illegal base64 data';
  if (/invalid character|unexpected end|number \S+ into/.test(said)) return 'json: cannot unmarshal';
  return said.replace(/^bad StructValue: /, '');
}

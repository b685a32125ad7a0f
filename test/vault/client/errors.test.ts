import { beginning, ConfigurationError, Forbidden, LONGEST_MESSAGE, Mask, Setback, toMessage } from '../../../lib/vault/client/errors';

describe('the mask', () => {
  test('blots out what it was told, also as it stands in a URL', () => {
    const mask = new Mask();
    mask.add('FwoGZXIvYXdzEHQ/abc+def==');
    expect(mask.apply('a FwoGZXIvYXdzEHQ/abc+def== b FwoGZXIvYXdzEHQ%2Fabc%2Bdef%3D%3D c')).toBe('a *** b *** c');
  });

  test('leaves words alone that are too short to be secrets', () => {
    const mask = new Mask();
    mask.add('root');
    mask.add(undefined);
    mask.add('');
    expect(mask.apply('the dev root token')).toBe('the dev root token');
  });

  test('blots out the longer of two secrets whole', () => {
    const mask = new Mask();
    mask.add('ASIAEXAMPLE');
    mask.add('ASIAEXAMPLE-and-more');
    expect(mask.apply('x ASIAEXAMPLE-and-more y')).toBe('x *** y');
  });

  test.each([
    ['token hvs.CAESIJ7bAbCdEfGhIjKlMnOpQrSt_-0 end', 'token hvs.*** end'],
    ['hvb.AAAAAQI5ybEiUHJNYiBVoaahGwyGtOshIyFk and s.CAESIJ7bAbCdEfGhIjKlMnOp', 'hvb.*** and s.***'],
    ['Bearer k8s-aws-v1.aHR0cHM6Ly9zdHMudXMtZWFzdC0x, x', 'Bearer k8s-aws-v1.***, x'],
    ['https://sts/?X-Amz-Credential=ASIA1%2F2026&X-Amz-Security-Token=Fwo%2F&X-Amz-Signature=ab12&x=1', 'https://sts/?X-Amz-Credential=***&X-Amz-Security-Token=***&X-Amz-Signature=***&x=1'],
    ['token=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9.c2lnbmF0dXJl-_x end', 'token=eyJ*** end'],
    ['cut off: eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9', 'cut off: eyJ***'],
    ['x-amz-security-token:FwoGZXIv end', 'x-amz-security-token:*** end'],
    ['Credential=ASIAEXAMPLE/20261123/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0123456789abcdef0123456789abcdef', 'Credential=***, SignedHeaders=host, Signature=***'],
  ])('knows the forms of tokens and signatures: %s', (text, masked) => {
    expect(new Mask().apply(text)).toBe(masked);
  });

  test('leaves other words with dots alone', () => {
    const text = 'GET sys/auth of vault.gloo.example.com: https://sts.us-east-1.amazonaws.com refused';
    expect(new Mask().apply(text)).toBe(text);
  });
});

describe('a message', () => {
  test('is one line', () => {
    expect(toMessage(new Error(' 1 error occurred:\n\t* permission denied\r\n\n'), new Mask())).toBe('1 error occurred: * permission denied');
    expect(toMessage('thrown text', new Mask())).toBe('thrown text');
  });

  test('is masked before it is cut, and never longer than CloudFormation has room for', () => {
    const mask = new Mask();
    const secret = 'secret-of-forty-characters-0123456789012';
    mask.add(secret);
    const long = toMessage(new Error(`${'x'.repeat(LONGEST_MESSAGE - 30)} ${secret} ${'y'.repeat(3000)}`), mask);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(LONGEST_MESSAGE);
    expect(long).toMatch(/\*\*\* y+ …$/);
    expect(long).not.toContain('secret-of');
  });

  test.each([0, 1, 2, 3])('is cut between characters (%i)', (offset) => {
    const long = toMessage(new Error('x'.repeat(offset) + '€'.repeat(1000)), new Mask());
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(LONGEST_MESSAGE);
    expect(long).toMatch(/^x{0,3}€+ …$/);
  });
});

test('kinds of errors', () => {
  expect(new Forbidden('no')).toBeInstanceOf(ConfigurationError);
  expect([new ConfigurationError('a').name, new Forbidden('b').name, new Setback('passing', 'c').name]).toEqual(['ConfigurationError', 'Forbidden', 'Setback']);
});

describe('how a text begins', () => {
  test.each([
    ['a short one', 11, 'a short one'],
    ['two  words\n', 10, 'two words'],
    ['one two three', 8, 'one two …'],
    ['one two three', 7, 'one two …'],
    ['one two three', 6, 'one …'],
    ['hvs.atokenthatislong', 10, '…'],
    ['', 10, ''],
  ])('%j in %i characters', (text, longest, shown) => {
    expect(beginning(text, longest)).toBe(shown);
  });
});

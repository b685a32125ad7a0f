import { Secrets } from '../../../rehearsal/hostility/secrets';

const TOKEN = 'hvs.CAESIJ0 +/=&"\\pXqz3vVnB0tq8yLk2mN5rS7uWxYzAbCdEfGh';
const base64 = (text: string, form: 'base64' | 'base64url' = 'base64') => Buffer.from(text).toString(form);

test.each<[string, string]>([
  ['as it is', `token ${TOKEN}.`],
  ['its beginning', TOKEN.slice(0, 20)],
  ['its end', TOKEN.slice(-20)],
  ['a part in its middle', TOKEN.slice(5, 5 + 39)],
  ['URL-encoded', `?t=${encodeURIComponent(TOKEN)}&`],
  ['JSON-escaped', JSON.stringify({ token: TOKEN })],
  ['in hex', Buffer.from(TOKEN).toString('hex')],
  ['base64', base64(TOKEN)],
  ['base64, behind one byte', base64(`x${TOKEN}`)],
  ['base64, behind two bytes', base64(`xx${TOKEN}yy`)],
  ['base64url, in JSON', base64(JSON.stringify(['a', TOKEN]), 'base64url')],
])('a secret is found %s', (_, text) => {
  const secrets = new Secrets();
  secrets.learn('a token', TOKEN.replaceAll('"', '').replaceAll('\\', ''));
  secrets.learn('a token', TOKEN);
  expect(secrets.leaks(text).length).toBeGreaterThan(0);
});

test('what it is called is told, never what it is', () => {
  const secrets = new Secrets();
  secrets.learn('a root token', TOKEN);
  expect(secrets.leaks(`x${TOKEN}`)).toEqual(['a root token']);
  expect(secrets.leaks('nothing to write')).toEqual([]);
  expect(secrets.count).toBe(1);
});

test('the beginning of an EKS token is its URL, and no secret', () => {
  const secrets = new Secrets();
  const token = `k8s-aws-v1.${base64('https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=0123456789abcdef', 'base64url')}`;
  secrets.learn('an EKS token', token, 'end');
  expect(secrets.leaks(token.slice(0, 40))).toEqual([]);
  expect(secrets.leaks(token)).toEqual(['an EKS token']);
});

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Setback } from '../../../lib/vault/client/errors';
import { Http } from '../../../lib/vault/client/http';
import { VaultClient } from '../../../lib/vault/client/vault-client';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { listening } from './listening';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

const http = (ca?: string) => {
  const opened = new Http(ca, 2000);
  closers.push(() => opened.close());
  return opened;
};

/** A Vault of another cluster, with a certificate for these names. */
async function elsewhere(names: string[]) {
  const ca = await createCertificateAuthority('of the other cluster');
  const heard: { url: string | undefined; headers: Record<string, unknown> }[] = [];
  const server = createServer(await ca.issue(names), ({ url, headers }, response) => {
    heard.push({ url, headers });
    response.end('{"data":{"keys":[]}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close(), () => server.closeAllConnections());
  return { ca, heard, address: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const setback = async (asked: Promise<unknown>): Promise<Setback> => {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Setback);
  return error as Setback;
};

test('through the proxy, the API server is told who asks', async () => {
  const heard: unknown[] = [];
  const endpoint = await listening(({ url, headers }, response) => {
    heard.push([url, headers.authorization, headers['x-vault-token']]);
    response.end('{}');
  });
  const client = VaultClient.throughProxy(http(), endpoint, { kind: 'services', namespace: 'vault', name: 'http:vault:8200' }, { authorization: 'Bearer b' });
  expect(await client.get('sys/mounts', 't')).toEqual({ ok: true, body: {} });
  expect(heard).toEqual([['/api/v1/namespaces/vault/services/http:vault:8200/proxy/v1/sys/mounts', 'Bearer b', 't']]);
});

describe('directly', () => {
  test('it is Vault alone that is told anything, and no header goes there that it does not need', async () => {
    const { ca, heard, address } = await elsewhere(['127.0.0.1']);
    expect(await VaultClient.directly(http(ca.caPem), address).get('dev/metadata/x/?list=true', 'a-token')).toEqual({ ok: true, body: { data: { keys: [] } } });
    expect(heard).toEqual([{ url: '/v1/dev/metadata/x/?list=true', headers: { accept: 'application/json', 'x-vault-request': 'true', 'x-vault-token': 'a-token', host: new URL(address).host, connection: 'keep-alive' } }]);
  });

  test.each<[string, string, (given: { address: string; own: string; other: string }) => { address: string; ca: string }, string]>([
    ['another authority', 'passing', ({ address, other }) => ({ address, ca: other }), 'has to be the ca.crt of the Secret vault-tls beside that Vault'],
    ['another name', 'passing', ({ address, own }) => ({ address: address.replace('127.0.0.1', 'localhost'), ca: own }), 'Its certificate is for other names'],
    ['nobody there', 'starting', ({ own }) => ({ address: 'https://127.0.0.1:1', ca: own }), '(ECONNREFUSED). From this cluster\'s VPC there has to be the name in DNS, a route'],
  ])('says what it means: %s', async (_, awaiting, given, words) => {
    const { ca, heard, address } = await elsewhere(['127.0.0.1']);
    const { caPem: other } = await createCertificateAuthority('of nobody');
    const to = given({ address, own: ca.caPem, other });
    const { message, awaiting: waits } = await setback(VaultClient.directly(http(to.ca), to.address).put('auth/aws/login', {}, 'a-token'));
    expect(message).toContain(`PUT auth/aws/login had no answer from ${new URL(to.address).host}: `);
    expect(message).toContain(words);
    expect(message).not.toContain('a-token');
    expect(waits).toBe(awaiting);
    // Nothing is said to who is not trusted.
    expect(heard).toEqual([]);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { startApiServer, type ApiServer } from '../../../rehearsal/api-server/api-server';
import { createCertificateAuthority } from '../../../rehearsal/certificate-authority';
import { DEV_ROOT_TOKEN, startDevVault, type VaultProcess } from '../../../rehearsal/vault/vault-process';
import { describeWithVault } from '../vault/available';
import { ask, type Ask } from './client';
import { apiServerOptions, GOOD, PROXY } from './fixture';

describeWithVault('the service proxy in front of a real Vault', (command) => {
  let vault: VaultProcess;
  let api: ApiServer;
  beforeAll(async () => {
    vault = await startDevVault({ command: command(), env: {} });
    api = await startApiServer(apiServerOptions(await createCertificateAuthority('Rehearsal CA'), () => vault.address));
  });
  afterAll(async () => {
    await api.close();
    await vault.stop();
  });
  const get = (path: string, more: Ask = {}) => ask(api, path, { headers: GOOD, ...more });
  const headers = { ...GOOD, 'x-vault-token': DEV_ROOT_TOKEN };

  test('reads and writes with PUT, GET, DELETE and ?list=true', async () => {
    const path = `${PROXY}/v1/secret/data/gloo`;
    expect(await get(path, { headers, method: 'PUT', body: '{"data":{"a":"b"}}' })).toMatchObject({ status: 200 });
    expect(JSON.parse((await get(path, { headers })).text)).toMatchObject({ data: { data: { a: 'b' } } });
    const list = await get(`${PROXY}/v1/secret/metadata?list=true`, { headers });
    expect(JSON.parse(list.text)).toMatchObject({ data: { keys: ['gloo'] } });
    expect(await get(`${PROXY}/v1/secret/metadata/gloo`, { headers, method: 'DELETE' })).toMatchObject({ status: 204, text: '' });
    expect(await get(path, { headers })).toMatchObject({ status: 404, text: expect.not.stringContaining('"kind"') as string });
  });

  test('Vault\'s own refusal comes unchanged', async () => {
    const answer = await get(`${PROXY}/v1/sys/mounts`, { headers: { ...GOOD, 'x-vault-token': 'wrong' } });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toEqual({ errors: expect.arrayContaining([expect.stringContaining('permission denied')]) as string[] });
  });

  test('is silent while Vault is frozen', async () => {
    await vault.pause();
    const answer = get(`${PROXY}/v1/sys/health`);
    await expect(Promise.race([answer, sleep(200, 'silence')])).resolves.toBe('silence');
    await vault.resume();
    await expect(answer).resolves.toMatchObject({ status: 200 });
  });
});

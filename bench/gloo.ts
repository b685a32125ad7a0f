import { GlooClient, vaultSource } from '../rehearsal/gloo/gloo-client';
import { assumeRoleWithWebIdentity } from '../rehearsal/gloo/web-identity';
import type { World } from '../rehearsal/world';
import type { AuditedVault } from './audited-vault';
import type { Figure } from './figure';

const LOGINS = 9;
const SECRET = 'bench';
/** Requests without which no Gloo comes to a secret: login, list, read; and at AWS a session, and the question whose it is. */
const LEAST = { atVault: 3, atAws: 2 };

/** Gloo's way to a secret: STS, login, renewal, list, read. @param vault configured. */
export async function glooFigures(world: World, vault: AuditedVault): Promise<Figure[]> {
  const { gloo, vault: settings } = world.environment;
  await vault.observer.write(`${settings.kv.mountPath}/data/gloo/gloo.solo.io/v1/Secret/${gloo.namespace}/${SECRET}`, { data: { metadata: { name: SECRET, namespace: gloo.namespace } } });
  const roleArn = world.pods.roleArn(gloo.namespace, 'gloo');
  if (roleArn === undefined) throw new Error("Gloo's service account names no role.");
  const client = new GlooClient(vaultSource(world.objects.release('gloo').values), world.resolveService, 60);
  const samples: Record<'ms' | 'loginMs' | 'atVault' | 'atAws' | 'rawMs' | 'rawLoginMs', number[]> = { ms: [], loginMs: [], atVault: [], atAws: [], rawMs: [], rawLoginMs: [] };
  for (let round = 0; round < LOGINS; round++) {
    const webIdentity = await world.pods.token(gloo.namespace, 'gloo');
    const before = world.aws.requests.length;
    const audited = await vault.during(async () => {
      const started = performance.now();
      const credentials = await assumeRoleWithWebIdentity(world, roleArn, webIdentity);
      const asked = performance.now();
      const token = await client.logIn(credentials);
      samples.loginMs.push(performance.now() - asked);
      await client.renew(token);
      await client.list(token, gloo.namespace);
      await client.read(token, gloo.namespace, SECRET);
      samples.ms.push(performance.now() - started);
    });
    samples.atVault.push(audited.length);
    samples.atAws.push(world.aws.requests.length - before);
    samples.rawMs.push(await vault.rawMs(audited.length));
    samples.rawLoginMs.push(await vault.rawMs(1));
  }
  return [
    { id: 'gloo.requests', title: 'Gloo from its token to a secret, at Vault', unit: 'requests', samples: samples.atVault, beside: { what: 'the least', samples: [LEAST.atVault] }, note: 'login, renewal, list, read' },
    { id: 'gloo.sts', title: 'Gloo from its token to a secret, at AWS', unit: 'requests', samples: samples.atAws, beside: { what: 'the least', samples: [LEAST.atAws] }, note: 'its own AssumeRoleWithWebIdentity, and what Vault asks for its login' },
    { id: 'gloo.ms', title: 'Gloo from its token to a secret, wall', unit: 'ms', samples: samples.ms, beside: { what: 'floor', samples: samples.rawMs }, note: 'the floor is as many requests straight to Vault' },
    { id: 'gloo.login.ms', title: "Gloo's login alone, wall", unit: 'ms', samples: samples.loginMs, beside: { what: 'floor', samples: samples.rawLoginMs } },
  ];
}

import type { Environment } from '../../../lib/environment/environment';
import { isMapping } from '../../../lib/environment/fields';
import { loginsToProve } from '../../../lib/gloo/proof/logins';
import { environmentRoleArn, glooAuthRole, names } from '../../../lib/identity/names';
import { failure, joined, ok, type Finding } from '../finding';
import type { KubeObject } from '../kube';
import type { Check } from '../ports';

const ROLE = 'eks.amazonaws.com/role-arn';
const REGIONAL = 'eks.amazonaws.com/sts-regional-endpoints';

/** A service account and the annotations by which its pods get their role. */
export interface WantedAccount {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What makes the annotations right again. */
  readonly mend: string;
}

export const serviceAccounts: Check = {
  id: 'service-accounts',
  title: "Service accounts name their roles",
  look: async ({ environment, kube }) => {
    const reader = await kube();
    const findings = await Promise.all(
      wantedAccounts(environment).map(async (wanted) => judgeAccount(wanted, await reader.find(`/api/v1/namespaces/${wanted.namespace}/serviceaccounts/${wanted.name}`))),
    );
    return joined(findings, failure('there are none'));
  },
};

export function wantedAccounts(environment: Environment): readonly WantedAccount[] {
  const { cluster, vault } = environment;
  const arn = (name: string) => environmentRoleArn(environment, name);
  const logins = loginsToProve(environment, arn(glooAuthRole(environment)));
  return [
    ...logins.map(({ namespace, serviceAccount, roleArn }) => ({
      namespace,
      name: serviceAccount,
      annotations: { [ROLE]: roleArn, [REGIONAL]: 'true' },
      mend: `Have Helm write it again and restart the pods: deploy the Gloo stack with a change, then kubectl rollout restart -n ${namespace} deploy/${serviceAccount}`,
    })),
    {
      namespace: vault.namespace,
      name: 'vault',
      annotations: { [ROLE]: arn(names.serverRole(cluster.name)) },
      mend: `kubectl annotate sa -n ${vault.namespace} vault --overwrite ${ROLE}=${arn(names.serverRole(cluster.name))}, then restart Vault's pods`,
    },
  ];
}

export function judgeAccount({ namespace, name, annotations, mend }: WantedAccount, found: KubeObject | undefined): Finding {
  if (found === undefined) return failure(`there is no service account ${namespace}/${name}`, mend);
  const own = isMapping(found.metadata) && isMapping(found.metadata.annotations) ? found.metadata.annotations : {};
  const wrong = Object.entries(annotations).filter(([key, value]) => own[key] !== value);
  if (wrong.length === 0) return ok(`${namespace}/${name}`);
  return failure(wrong.map(([key, value]) => `${namespace}/${name} has ${key} ${own[key] === undefined ? 'not at all' : JSON.stringify(own[key])}, and needs ${JSON.stringify(value)}`).join('; '), mend);
}

import type { Environment } from '../../lib/environment/environment';
import { manifestObjects, type ManifestObject } from './manifest';
import type { StackTemplate, TemplateResource } from './templates';

/** Something that outlives its stack. */
export interface Kept {
  readonly what: string;
  readonly why: string;
  /** Logical ids, with their stacks, of the resources that it is; none for what no template names. */
  readonly resources: readonly { readonly stack: string; readonly id: string }[];
  /** What nobody can take back once the commands have run. */
  readonly warning?: string;
  /** What takes it along, so that there is nothing to remove: `the cluster`. @default - nothing */
  readonly goesWith?: string;
  /** Removes it, in this order. */
  readonly commands: readonly string[];
}

/** What the end of a kind of resource means, and when it comes: those of a lower turn first. */
interface Kind {
  readonly turn: number;
  readonly describe: (found: Retained) => Omit<Kept, 'resources'>;
}

interface Retained {
  readonly environment: Environment;
  readonly stack: string;
  readonly id: string;
  readonly resource: TemplateResource;
  /** Namespaces that go with their stacks. */
  readonly doomed: readonly string[];
}

const TURNS = { objects: 1, volumes: 2, bucket: 3, secret: 4, sealKey: 5, backupKey: 6, otherKey: 7, logs: 8, unknown: 9 } as const;

/** KMS deletes a key after as many days; until then `aws kms cancel-key-deletion` brings it back. */
const LONGEST_WINDOW = 30;

/** A shell function of the plan that names what a stack left behind. */
const physical = ({ stack, id }: Pick<Retained, 'stack' | 'id'>) => `"$(kept ${stack} ${id})"`;

/** Keys by the beginning of their logical ids, which are a contract. */
const keys: readonly { readonly id: string; readonly turn: number; readonly what: string; readonly why: string; readonly warning: string }[] = [
  {
    id: 'RaftSealKey',
    turn: TURNS.sealKey,
    what: 'KMS key that seals Vault',
    why: "without it nobody opens Vault's volumes and snapshots",
    warning: "Once it is deleted, what is left of this Vault, volumes and snapshots, can't be opened by anybody.",
  },
  {
    id: 'RaftBackupKey',
    turn: TURNS.backupKey,
    what: 'KMS key of recovery keys and snapshots',
    why: 'both are encrypted with it',
    warning: "Once it is deleted, a recovery secret and snapshots that are left can't be read by anybody.",
  },
  {
    id: 'EksSecretsKey',
    turn: TURNS.otherKey,
    what: 'KMS key of the Kubernetes secrets',
    why: 'a cluster without it is lost: it must not go with a stack by mistake',
    warning: "Only when the cluster is gone: one that still runs can't read its own Secrets without it.",
  },
];

const kinds: Readonly<Record<string, (found: Retained) => Kind | undefined>> = {
  'AWS::KMS::Key': ({ id }) => {
    const key = keys.find((each) => id.startsWith(each.id));
    return key && { turn: key.turn, describe: (found) => ({ what: key.what, why: key.why, warning: `${key.warning} ${LONGEST_WINDOW} days long, aws kms cancel-key-deletion takes it back.`, commands: [`aws kms schedule-key-deletion ${at(found)} --key-id ${physical(found)} --pending-window-in-days ${LONGEST_WINDOW}`] }) };
  },
  'AWS::SecretsManager::Secret': () => ({
    turn: TURNS.secret,
    describe: (found) => ({
      what: "Vault's recovery keys",
      why: 'without them nobody makes a root token, of this Vault or of one that is restored',
      warning: `Unless their holders have them, nobody is ever root in this Vault again. ${LONGEST_WINDOW} days long, aws secretsmanager restore-secret takes it back.`,
      commands: [`aws secretsmanager delete-secret ${at(found)} --secret-id ${physical(found)} --recovery-window-in-days ${LONGEST_WINDOW}`],
    }),
  }),
  'AWS::S3::Bucket': () => ({
    turn: TURNS.bucket,
    describe: (found) => ({
      what: "Vault's snapshots",
      why: 'the way back to the secrets that were in Vault; they end by their retention, the bucket stays',
      warning: 'With the volumes gone too, the secrets are lost for good.',
      commands: [
        `BUCKET=${physical(found)}`,
        `while aws s3api list-object-versions ${at(found)} --bucket "$BUCKET" --max-items 1000 --output json --query '{Objects: [Versions,DeleteMarkers][].{Key:Key,VersionId:VersionId}}' > versions.json && grep -q VersionId versions.json; do aws s3api delete-objects ${at(found)} --bucket "$BUCKET" --delete file://versions.json > deleted.json && ! grep '"Errors"' deleted.json || break; done`,
        `aws s3api delete-bucket ${at(found)} --bucket "$BUCKET"`,
      ],
    }),
  }),
  'AWS::Logs::LogGroup': () => ({
    turn: TURNS.logs,
    describe: (found) => ({
      what: "Logs of CDK's kubectl functions",
      why: 'CDK keeps them, for two years: they say what kubectl and helm said',
      commands: [`aws logs delete-log-group ${at(found)} --log-group-name ${physical(found)}`],
    }),
  }),
  'Custom::AWSCDK-EKS-KubernetesResource': ({ resource }) => {
    const objects = manifestObjects(resource.Properties.Manifest);
    const { why, what } = objectsInWords(objects);
    return why === undefined
      ? undefined
      : {
          turn: TURNS.objects,
          describe: ({ environment, doomed }) => {
            const goesWith = environment.cluster.kind === 'new' ? 'the cluster' : objects.every(({ namespace = '' }) => doomed.includes(namespace)) ? 'its namespace' : undefined;
            if (goesWith !== undefined) return { what, why, goesWith, commands: [] };
            const warning = objects.some(({ kind }) => kind === 'Namespace') ? { warning: 'A namespace takes along whatever is in it, also what others put there: kubectl get all,pvc,secret -n NAME.' } : {};
            return { what, why, ...warning, commands: [...objects].reverse().flatMap(removal) };
          },
        };
  },
};

/** Why manifests are kept, by the kind of their first object. */
const objectReasons: Readonly<Record<string, string>> = {
  Namespace: 'with it would go whatever is in it: claims of volumes, Secrets, what others put there',
  StorageClass: "claims of Vault's volumes name it",
  ValidatingAdmissionPolicy: 'guards the authority of certificates for as long as that is there',
  Issuer: 'another authority would be one that a running Gloo does not trust',
  ServiceAccount: "an update that took it over from an earlier chart can be rolled back; Gloo's chart keeps it too",
};

function objectsInWords(objects: readonly ManifestObject[]): { readonly what: string; readonly why?: string } {
  const why = objectReasons[objects[0]?.kind ?? ''];
  return { what: `In the cluster: ${objects.map(({ kind, name, namespace }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`).join(', ')}`, ...(why === undefined ? {} : { why }) };
}

/** With the key that a Certificate leaves behind. */
const removal = (object: ManifestObject) => [
  `kubectl delete ${kubectlName(object)}`,
  ...(object.secretName === undefined ? [] : [`kubectl delete ${kubectlName({ apiVersion: 'v1', kind: 'Secret', name: object.secretName, ...(object.namespace === undefined ? {} : { namespace: object.namespace }) })}`]),
];

const kubectlName = ({ apiVersion, kind, name, namespace }: ManifestObject) => {
  const [group = '', version] = apiVersion.split('/');
  return `${kind.toLowerCase()}${version === undefined ? '' : `.${version}.${group}`} ${name}${namespace === undefined ? '' : ` -n ${namespace}`}`;
};

const at = ({ environment }: Pick<Retained, 'environment'>) => `--region ${environment.region}`;

/** Whether CloudFormation leaves a resource behind, or a copy of it, when its stack goes. */
export const isKept = ({ DeletionPolicy }: TemplateResource) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete';

function doomedNamespaces(stacks: readonly StackTemplate[]): string[] {
  const manifests = stacks.flatMap(({ resources }) => Object.values(resources)).filter((resource) => resource.Type === 'Custom::AWSCDK-EKS-KubernetesResource' && !isKept(resource));
  return manifests.flatMap(({ Properties }) => manifestObjects(Properties.Manifest)).flatMap(({ kind, name }) => (kind === 'Namespace' ? [name] : []));
}

/**
 * All that outlives the stacks, in the order in which it has to be removed: what is encrypted before its key, claims before
 * volumes. What the templates retain and nothing here knows is among it, with the words that it is not known.
 */
export function keptOf(environment: Environment, stacks: readonly StackTemplate[]): readonly Kept[] {
  const doomed = doomedNamespaces(stacks);
  const retained = stacks.flatMap(({ name, resources }) => Object.entries(resources).flatMap(([id, resource]) => (isKept(resource) ? [{ environment, stack: name, id, resource, doomed }] : [])));
  const described = retained.map((found) => {
    const { turn, describe } = kinds[found.resource.Type]?.(found) ?? unknown;
    return { turn, kept: { ...describe(found), resources: [{ stack: found.stack, id: found.id }] } };
  });
  // What was made last goes first.
  const all = [...described.reverse(), ...volumes(environment, stacks), ...lambdaLogs(environment, stacks), ...definitions(environment), ...clusterLogs(environment)];
  return grouped(all.sort((a, b) => a.turn - b.turn).map(({ kept }) => kept));
}

const unknown: Kind = {
  turn: TURNS.unknown,
  describe: ({ stack, id, resource }) => ({
    what: `${resource.Type} ${id} of ${stack}`,
    why: 'its template keeps it, and this plan does not know why or how it is removed',
    commands: [`echo ${physical({ stack, id })}`],
  }),
};

interface InTurn {
  readonly turn: number;
  readonly kept: Kept;
}

/** The volumes behind the claims of Vault's pods: Kubernetes made them, and a StorageClass with reclaimPolicy Retain keeps them. */
function volumes({ vault, region, cluster }: Environment, stacks: readonly StackTemplate[]): readonly InTurn[] {
  if (vault.raft === undefined) return [];
  const claims = Array.from({ length: vault.raft.replicas }, (_, index) => `data-vault-${index}`);
  const [chart] = stacks.flatMap(({ name, resources }) => Object.entries(resources).flatMap(([id, { Type, Properties }]) => (Type === 'Custom::AWSCDK-EKS-HelmChart' && Properties.Chart === 'vault' ? [{ stack: name, id }] : [])));
  const ofClaim = `Name=tag:kubernetes.io/created-for/pvc/namespace,Values=${vault.namespace} Name=tag:kubernetes.io/created-for/pvc/name,Values=${claims.join(',')}`;
  return [
    {
      turn: TURNS.volumes,
      kept: {
        what: `Vault's volumes, ${claims.length} of ${vault.raft.storageSize} GiB (EBS)`,
        why: 'they are Vault: all its secrets, under its seal',
        resources: chart ? [chart] : [],
        warning: `With the snapshots gone too, the secrets are lost for good. Another cluster's Vault in a namespace "${vault.namespace}" has volumes with the same tags: look at each before you delete it.`,
        commands: [
          ...(cluster.kind === 'new' ? [] : [`kubectl delete pvc -n ${vault.namespace} ${claims.join(' ')} --ignore-not-found`, 'kubectl get pv | grep vault-gp3   # Released; kubectl delete pv NAME leaves the volume']),
          `aws ec2 describe-volumes --region ${region} --filters Name=status,Values=available ${ofClaim} --query 'Volumes[].[VolumeId,CreateTime,Size,Tags]'`,
          `aws ec2 delete-volume --region ${region} --volume-id VOLUME   # each of them`,
        ],
      },
    },
  ];
}

/** Log groups that Lambda makes for functions whose templates name none. */
function lambdaLogs(environment: Environment, stacks: readonly StackTemplate[]): readonly InTurn[] {
  const owners = stacks.flatMap(({ name, resources }) => {
    const declared = JSON.stringify(Object.values(resources).filter(({ Type }) => Type === 'AWS::Logs::LogGroup'));
    return Object.entries(resources).flatMap(([id, { Type, Properties }]) => (Type === 'AWS::Lambda::Function' && Properties.LoggingConfig === undefined && !declared.includes(`{"Ref":"${id}"}`) ? [{ stack: name, id }] : []));
  });
  return owners.map((owner) => ({
    turn: TURNS.logs,
    kept: {
      what: "Logs of CDK's own helper functions",
      why: 'Lambda makes them, and no template owns them',
      resources: [owner],
      commands: [`aws logs delete-log-group ${at({ environment })} --log-group-name "/aws/lambda/$(kept ${owner.stack} ${owner.id})"`],
    },
  }));
}

/** Neither the app nor Helm deletes a definition of resources, for with it would go all objects of its kind, whoever made them. */
function definitions({ cluster }: Environment): readonly InTurn[] {
  const what = "In the cluster: Gloo's custom resource definitions, and the objects of these kinds";
  const why = 'without them every object of their kinds is gone, so nothing here deletes them';
  const kept = cluster.kind === 'new' ? { what, why, resources: [], goesWith: 'the cluster', commands: [] } : { what, why, resources: [], warning: 'Every Gloo of the cluster lives by them, not this one alone.', commands: ["kubectl get crd -o name | grep -E '[.]solo[.]io$'", "kubectl get crd -o name | grep -E '[.]solo[.]io$' | xargs kubectl delete"] };
  return [{ turn: TURNS.objects, kept }];
}

/** EKS may write a last log after its log group is gone, and makes another one, that keeps it for ever. */
function clusterLogs({ cluster, region }: Environment): readonly InTurn[] {
  if (cluster.kind !== 'new') return [];
  const group = `/aws/eks/${cluster.name}/cluster`;
  return [
    {
      turn: TURNS.logs,
      kept: {
        what: `Perhaps a log group ${group}`,
        why: "EKS makes it again when a last log comes after the stack's own is gone; a later deployment finds it in its way",
        resources: [],
        commands: [`aws logs delete-log-group --region ${region} --log-group-name ${group}   # ResourceNotFoundException: there is none`],
      },
    },
  ];
}

/** Things of one kind as one. */
function grouped(all: readonly Kept[]): readonly Kept[] {
  const groups: Kept[] = [];
  for (const kept of all) {
    const index = groups.findIndex(({ what, why }) => what === kept.what && why === kept.why);
    const same = groups[index];
    if (same === undefined) groups.push(kept);
    else groups[index] = { ...same, resources: [...same.resources, ...kept.resources], commands: [...same.commands, ...kept.commands] };
  }
  return groups;
}

import { randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment';
import { contextBytes, open, seal, type EncryptionContext } from './ciphertext';
import { parsePolicy, type PolicyDocument } from './policy-document';

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';

/** A secret value, as one of its two forms. */
export type SecretValue = { readonly SecretString: string } | { readonly SecretBinary: Buffer };

/** A version, its value encrypted under a data key of its own. */
export interface SecretVersion {
  /** The ClientRequestToken that made it. */
  readonly id: string;
  readonly stages: ReadonlySet<string>;
  readonly created: Date;
  readonly form: 'SecretString' | 'SecretBinary';
  /** The data key, encrypted by KMS. */
  readonly dataKey: Buffer;
  readonly sealed: Buffer;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  /** As in the template: id, ARN or alias. Undefined for the key of AWS's own. */
  readonly kmsKeyId: string | undefined;
  readonly policy: PolicyDocument | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  /** When the value, or a label of it, was last changed. */
  readonly changed: Date;
  /** By version id. */
  readonly versions: ReadonlyMap<string, SecretVersion>;
}

/** What an initial value is encrypted with: CloudFormation may use every key. */
export type InitialDataKey = (kmsKeyId: string | undefined, context: EncryptionContext) => { readonly plaintext: Buffer; readonly blob: Buffer };

const generateSecretString = z.strictObject({
  PasswordLength: z.int().default(32),
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
  ExcludeCharacters: z.string().default(''),
  ExcludePunctuation: z.boolean().default(false),
  ExcludeNumbers: z.boolean().default(false),
  ExcludeLowercase: z.boolean().default(false),
  ExcludeUppercase: z.boolean().default(false),
  IncludeSpace: z.boolean().default(false),
  RequireEachIncludedType: z.boolean().default(true),
});
const secretProperties = z.object({
  Name: z.string().optional(),
  Description: z.string().default(''),
  KmsKeyId: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: generateSecretString.optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
});
const policyProperties = z.object({ SecretId: z.string(), ResourcePolicy: z.unknown() });

/** The secrets of a deployment with the versions of their values. */
export class SecretStore {
  private readonly secrets = new Map<string, Secret>();

  /** @throws for a secret or a policy that Secrets Manager would not store, a name that is taken, and a policy on a secret that is not here. */
  constructor(deployment: Deployment, initialDataKey: InitialDataKey) {
    const policies = policiesOf(deployment);
    for (const resource of deployment.ofType('AWS::SecretsManager::Secret')) {
      const { secret, initial } = secretOf(resource, policies.get(resource.physicalId));
      if (this.find(secret.name) !== undefined) {
        throw new Error(`${label(resource)}: a secret "${secret.name}" exists already`);
      }
      this.secrets.set(secret.arn, secret);
      if (initial !== undefined) {
        const id = randomUUID();
        this.add(secret, newVersion(secret, id, initial, initialDataKey(secret.kmsKeyId, encryptionContext(secret, id)), new Date()), [CURRENT]);
      }
    }
    const stranger = [...policies.keys()].find((arn) => !this.secrets.has(arn));
    if (stranger !== undefined) {
      throw new Error(`Secrets Manager: a resource policy is put on "${stranger}", which is no secret of the deployment`);
    }
  }

  /** The secret of a name, an ARN, or an ARN without the six characters at its end. */
  find(secretId: string): Secret | undefined {
    return [...this.secrets.values()].find(({ arn, name }) => [arn, arn.slice(0, -'-123456'.length), name].includes(secretId));
  }

  /**
   * Adds a version and gives it labels, which leave the versions that had them. When AWSCURRENT moves, AWSPREVIOUS goes to
   * the version that it left. The first version of all has AWSCURRENT whatever else it has.
   */
  add(secret: Secret, version: SecretVersion, stages: readonly string[]): void {
    const labels = secret.versions.size === 0 ? [...new Set([...stages, CURRENT])] : stages;
    const versions = new Map(secret.versions).set(version.id, version);
    this.replace(secret, labels.reduce((all, stage) => moved(all, stage, version.id), versions), version.created);
  }

  /** Moves a label to a version, or takes it away. A version without labels is deprecated: it can still be read by its id. */
  move(secret: Secret, stage: string, to: string | undefined, now: Date): void {
    this.replace(secret, moved(secret.versions, stage, to), now);
  }

  private replace(secret: Secret, versions: Secret['versions'], changed: Date): void {
    this.secrets.set(secret.arn, { ...secret, versions, changed });
  }
}

/** What binds a version's ciphertext to it. */
export function encryptionContext({ arn }: Secret, versionId: string): EncryptionContext {
  return { SecretARN: arn, SecretVersionId: versionId };
}

/** @param dataKey 32 bytes, plain and as KMS encrypted it. */
export function newVersion(
  secret: Secret,
  id: string,
  value: SecretValue,
  { plaintext, blob }: { readonly plaintext: Buffer; readonly blob: Buffer },
  created: Date,
): SecretVersion {
  const form = 'SecretString' in value ? 'SecretString' : 'SecretBinary';
  const bytes = 'SecretString' in value ? Buffer.from(value.SecretString) : value.SecretBinary;
  return { id, stages: new Set(), created, form, dataKey: blob, sealed: seal(plaintext, bytes, contextBytes(encryptionContext(secret, id))) };
}

/** A version's value in bytes. @param dataKey what KMS decrypted. @throws when it is not the version's key. */
export function valueOf(secret: Secret, { id, sealed }: SecretVersion, dataKey: Buffer): Buffer {
  const value = open(dataKey, sealed, contextBytes(encryptionContext(secret, id)));
  if (value === undefined) {
    throw new Error(`Secrets Manager: version ${id} of ${secret.name} is not encrypted with this data key`);
  }
  return value;
}

function moved(versions: Secret['versions'], stage: string, to: string | undefined): Map<string, SecretVersion> {
  const from = [...versions.values()].find(({ stages }) => stages.has(stage))?.id;
  const result = new Map(versions);
  const change = (id: string | undefined, labels: (stages: Set<string>) => unknown) => {
    const version = result.get(id ?? '');
    if (version !== undefined) {
      const stages = new Set(version.stages);
      labels(stages);
      result.set(version.id, { ...version, stages });
    }
  };
  if (stage === CURRENT && from !== undefined && from !== to) {
    result.forEach(({ id }) => change(id, (stages) => stages.delete(PREVIOUS)));
    change(from, (stages) => stages.add(PREVIOUS));
  }
  change(from, (stages) => stages.delete(stage));
  change(to, (stages) => stages.add(stage));
  return result;
}

function secretOf(resource: DeployedResource, policy: PolicyDocument | undefined): { readonly secret: Secret; readonly initial: SecretValue | undefined } {
  const parsed = secretProperties.safeParse(resource.properties);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${label(resource)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { Description, KmsKeyId, SecretString, GenerateSecretString, Tags } = parsed.data;
  const now = new Date();
  const arn = resource.physicalId;
  return {
    secret: {
      arn,
      name: arn.split(':').slice(6).join(':').slice(0, -'-123456'.length),
      description: Description,
      kmsKeyId: KmsKeyId,
      policy,
      tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
      created: now,
      changed: now,
      versions: new Map(),
    },
    initial: SecretString !== undefined ? { SecretString } : GenerateSecretString && { SecretString: generated(GenerateSecretString, label(resource)) },
  };
}

function generated(options: z.output<typeof generateSecretString>, where: string): string {
  const alphabets = [
    options.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    options.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    options.ExcludeNumbers ? '' : '0123456789',
    options.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    options.IncludeSpace ? ' ' : '',
  ];
  const characters = [...alphabets.join('')].filter((character) => !options.ExcludeCharacters.includes(character));
  if (characters.length === 0) {
    throw new Error(`${where}: GenerateSecretString leaves no characters`);
  }
  const password = Array.from({ length: options.PasswordLength }, () => characters[randomInt(characters.length)]).join('');
  const { SecretStringTemplate, GenerateStringKey } = options;
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) {
    return password;
  }
  return JSON.stringify({ ...(JSON.parse(SecretStringTemplate) as object), [GenerateStringKey]: password });
}

function policiesOf(deployment: Deployment): ReadonlyMap<string, PolicyDocument> {
  return new Map(
    deployment.ofType('AWS::SecretsManager::ResourcePolicy').map((resource) => {
      const { SecretId, ResourcePolicy } = policyProperties.parse(resource.properties);
      return [SecretId, parsePolicy(ResourcePolicy, 'resource', label(resource))];
    }),
  );
}

function label({ stack, logicalId, type }: DeployedResource): string {
  return `stack ${stack}, ${type} ${logicalId}`;
}

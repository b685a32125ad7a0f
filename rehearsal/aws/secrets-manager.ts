import { z } from 'zod';
import type { JsonObject } from '../cloudformation/template';
import { authorize } from './authorize';
import type { ConditionContext } from './condition';
import type { IamStore } from './iam';
import { blob, jsonApi, operation, timestamp } from './json-protocol';
import type { Kms } from './kms';
import { AwsError, type ServiceApi } from './protocol';
import { CURRENT, encryptionContext, newVersion, valueOf, type Secret, type SecretStore, type SecretValue, type SecretVersion } from './secret-store';
import type { Session } from './sessions';

const LARGEST_VALUE = 65_536;
const MANAGED_KEY = 'alias/aws/secretsmanager';

const secretId = z.string().min(1).max(2048);
const token = z.string().min(32).max(64);
const stage = z.string().min(1).max(256);
const getInput = z.strictObject({ SecretId: secretId, VersionId: token.optional(), VersionStage: stage.optional() });
const putInput = z.strictObject({
  SecretId: secretId,
  ClientRequestToken: token.optional(),
  SecretString: z.string().optional(),
  SecretBinary: blob.optional(),
  VersionStages: z.array(stage).min(1).max(20).default([CURRENT]),
});
const describeInput = z.strictObject({ SecretId: secretId });
const moveInput = z.strictObject({ SecretId: secretId, VersionStage: stage, MoveToVersionId: token.optional(), RemoveFromVersionId: token.optional() });

/** Secrets Manager: what somebody asks who keeps a value in a secret. */
export class SecretsManager {
  constructor(
    private readonly iam: IamStore,
    private readonly store: SecretStore,
    private readonly kms: Kms,
    private readonly now: () => Date,
  ) {}

  /** The service behind its protocol. */
  api(): ServiceApi {
    return jsonApi({
      target: 'secretsmanager',
      textMember: () => 'Message',
      operations: {
        GetSecretValue: operation(getInput, (input, caller) => {
          const secret = this.secret('GetSecretValue', input.SecretId, caller, { 'secretsmanager:VersionStage': input.VersionStage ?? CURRENT });
          return this.getValue(secret, input, caller);
        }),
        PutSecretValue: operation(putInput, (input, caller) => this.putValue(this.secret('PutSecretValue', input.SecretId, caller), input, caller)),
        DescribeSecret: operation(describeInput, ({ SecretId }, caller) => description(this.secret('DescribeSecret', SecretId, caller))),
        UpdateSecretVersionStage: operation(moveInput, (input, caller) => {
          const secret = this.secret('UpdateSecretVersionStage', input.SecretId, caller, { 'secretsmanager:VersionStage': input.VersionStage });
          return this.moveStage(secret, input);
        }),
      },
    });
  }

  /** Permission is asked before existence: who may not look learns nothing. */
  private secret(action: string, id: string, caller: Session, keys: ConditionContext = {}): Secret {
    const secret = this.store.find(id);
    const { partition, region, account } = this.iam;
    const resource = secret?.arn ?? (id.startsWith('arn:') ? id : `arn:${partition}:secretsmanager:${region}:${account}:secret:${id}`);
    const tags = Object.fromEntries(Object.entries(secret?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
    const verdict = authorize(this.iam, {
      caller,
      action: `secretsmanager:${action}`,
      resource,
      context: { ...keys, 'secretsmanager:SecretId': resource, ...tags },
      resourcePolicy: secret?.policy,
      iamPolicies: 'full',
    });
    if (!verdict.allowed) {
      const message = `User: ${caller.arn} is not authorized to perform: secretsmanager:${action} on resource: ${id} ${verdict.because}`;
      throw new AwsError('AccessDeniedException', 400, message, verdict.detail);
    }
    if (secret === undefined) {
      fail('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  private getValue(secret: Secret, { VersionId, VersionStage }: z.output<typeof getInput>, caller: Session): JsonObject {
    const wanted = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
    const version = VersionId === undefined ? labelled(secret, wanted ?? CURRENT) : secret.versions.get(VersionId);
    if (version === undefined) {
      const which = VersionId === undefined ? `staging label: ${wanted}` : `VersionId: ${VersionId}`;
      throw new AwsError('ResourceNotFoundException', 400, `Secrets Manager can't find the specified secret value for ${which}`);
    }
    if (wanted !== undefined && !version.stages.has(wanted)) {
      throw new AwsError('InvalidRequestException', 400, 'You provided a VersionStage that is not associated to the provided VersionId.');
    }
    const value = this.read(secret, version, caller);
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      [version.form]: value.toString(version.form === 'SecretString' ? 'utf8' : 'base64'),
      VersionStages: [...version.stages],
      CreatedDate: timestamp(version.created),
    };
  }

  private putValue(secret: Secret, input: z.output<typeof putInput>, caller: Session): JsonObject {
    const { ClientRequestToken: id, VersionStages } = input;
    const value = givenValue(input);
    if (id === undefined) {
      // The SDKs make one; who speaks HTTP has to.
      throw new AwsError('InvalidRequestException', 400, 'You must provide a ClientRequestToken value. We recommend a UUID-type value.');
    }
    const made = secret.versions.get(id);
    if (made !== undefined) {
      if (!this.isSame(secret, made, value, caller)) {
        const message = `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`;
        throw new AwsError('ResourceExistsException', 400, message);
      }
      return stored(secret, made);
    }
    const dataKey = this.withKms('EncryptionFailure', "Secrets Manager can't encrypt the protected secret text using the provided KMS key.", () =>
      this.kms.generateDataKey(secret.kmsKeyId ?? MANAGED_KEY, encryptionContext(secret, id), { session: caller, via: 'secretsmanager' }),
    );
    this.store.add(secret, newVersion(secret, id, value, dataKey, this.now()), VersionStages);
    const after = this.store.find(secret.arn) ?? secret;
    return stored(after, after.versions.get(id));
  }

  private moveStage(secret: Secret, { VersionStage, MoveToVersionId: to, RemoveFromVersionId: from }: z.output<typeof moveInput>): JsonObject {
    const holder = labelled(secret, VersionStage)?.id;
    for (const id of [to, from]) {
      if (id !== undefined && !secret.versions.has(id)) {
        fail('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for VersionId: ${id}`);
      }
    }
    if (to === undefined && from === undefined) {
      fail('InvalidParameterException', 'You must specify at least one of MoveToVersionId and RemoveFromVersionId.');
    }
    if (from !== undefined && from !== holder) {
      fail('InvalidParameterException', `Staging label ${VersionStage} is not attached to version ${from}.`);
    }
    if (to === undefined && VersionStage === CURRENT) {
      fail('InvalidParameterException', `You can't remove the staging label ${CURRENT}, you can only move it to another version.`);
    }
    if (from === undefined && holder !== undefined && holder !== to) {
      fail(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be empty. Staging label ${VersionStage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    this.store.move(secret, VersionStage, to, this.now());
    return { ARN: secret.arn, Name: secret.name };
  }

  private isSame(secret: Secret, version: SecretVersion, value: SecretValue, caller: Session): boolean {
    const bytes = 'SecretString' in value ? Buffer.from(value.SecretString) : value.SecretBinary;
    return version.form in value && this.read(secret, version, caller).equals(bytes);
  }

  private read(secret: Secret, version: SecretVersion, caller: Session): Buffer {
    const { plaintext } = this.withKms('DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key.", () =>
      this.kms.decrypt(version.dataKey, encryptionContext(secret, version.id), { session: caller, via: 'secretsmanager' }),
    );
    return valueOf(secret, version, plaintext);
  }

  /** KMS's refusals in Secrets Manager's words; KMS's own go to the log. */
  private withKms<T>(code: 'EncryptionFailure' | 'DecryptionFailure', message: string, ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof AwsError)) {
        throw error;
      }
      const detail = `KMS: ${error.code}: ${error.message}${error.detail === undefined ? '' : `; ${error.detail}`}`;
      throw error.code === 'AccessDeniedException'
        ? new AwsError('AccessDeniedException', 400, 'Access to KMS is not allowed', detail)
        : new AwsError(code, 400, message, detail);
    }
  }
}

function givenValue({ SecretString, SecretBinary }: z.output<typeof putInput>): SecretValue {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    fail('InvalidParameterException', "You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  const bytes = SecretString === undefined ? SecretBinary : Buffer.from(SecretString);
  if (bytes === undefined || bytes.length === 0) {
    fail('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
  }
  if (bytes.length > LARGEST_VALUE) {
    fail('ValidationException', `1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${LARGEST_VALUE}`);
  }
  return SecretString === undefined ? { SecretBinary: bytes } : { SecretString };
}

function labelled(secret: Secret, label: string): SecretVersion | undefined {
  return [...secret.versions.values()].find(({ stages }) => stages.has(label));
}

function stored(secret: Secret, version: SecretVersion | undefined): JsonObject {
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id ?? '', VersionStages: [...(version?.stages ?? [])] };
}

function description(secret: Secret): JsonObject {
  const staged = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description === '' ? {} : { Description: secret.description }),
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    CreatedDate: timestamp(secret.created),
    LastChangedDate: timestamp(secret.changed),
    ...(staged.length === 0 ? {} : { VersionIdsToStages: Object.fromEntries(staged.map(({ id, stages }) => [id, [...stages]])) }),
  };
}

function fail(code: string, message: string): never {
  throw new AwsError(code, 400, message);
}

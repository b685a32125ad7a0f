import type { AwsApi, AwsCredentials } from './aws';
import { askByJson } from './aws-api';
import { Setback, type Mask } from './errors';
import { NoAnswer, type Http } from './http';

/** A version of a secret. */
export interface SecretVersion {
  readonly id: string;
  readonly text: string;
}

interface ApiError {
  readonly type: string;
  readonly message: string;
}

type ApiAnswer = { readonly ok: true; readonly output: Readonly<Record<string, unknown>> } | { readonly ok: false; readonly error: ApiError };

const PASSING = /throttl|toomanyrequests|internalservice|serviceunavailable|limitexceeded|^HTTP 5/i;

/**
 * One secret of AWS Secrets Manager. Source: AWS Secrets Manager API Reference.
 * `AWS_ENDPOINT_URL_SECRETS_MANAGER` moves the endpoint, as in every AWS SDK.
 */
export class Secret {
  private readonly api: AwsApi;

  constructor(
    private readonly http: Http,
    private readonly credentials: AwsCredentials,
    private readonly mask: Mask,
    readonly arn: string,
    env: NodeJS.ProcessEnv,
  ) {
    const [, partition, , region = ''] = arn.split(':');
    const url = new URL(env.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? `https://secretsmanager.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`);
    this.api = { url, service: 'secretsmanager', region };
  }

  /**
   * The version that has a label.
   * @returns undefined where none has it: the secret is there and holds nothing. A binary value has an empty text.
   * @throws Setback for all else that is no answer.
   */
  async read(stage: 'AWSCURRENT' | 'AWSPREVIOUS' = 'AWSCURRENT'): Promise<SecretVersion | undefined> {
    const answer = await this.call('GetSecretValue', { SecretId: this.arn, VersionStage: stage });
    if (!answer.ok) {
      if (answer.error.type === 'ResourceNotFoundException' && /staging label/i.test(answer.error.message)) return undefined;
      throw this.setback('read', answer.error);
    }
    const { VersionId: id, SecretString: text = '' } = answer.output;
    if (typeof id !== 'string' || typeof text !== 'string') throw this.setback('read', { type: 'HTTP 502', message: 'something else answers for Secrets Manager' });
    return { id, text };
  }

  /**
   * Makes a text a version.
   * @param token 32 to 64 characters: a second call with the same token and text changes nothing.
   * @param stage label that moves to it. With another than AWSCURRENT, the current version stays; the first of all is current anyway.
   */
  async write(text: string, token: string, stage = 'AWSCURRENT'): Promise<void> {
    const answer = await this.call('PutSecretValue', { SecretId: this.arn, SecretString: text, ClientRequestToken: token, VersionStages: [stage] });
    if (!answer.ok) throw this.setback('written', answer.error);
  }

  /** Takes the label AWSPREVIOUS off a version, after which AWS deletes it. */
  async forget(versionId: string): Promise<void> {
    const answer = await this.call('UpdateSecretVersionStage', { SecretId: this.arn, VersionStage: 'AWSPREVIOUS', RemoveFromVersionId: versionId });
    if (answer.ok) return;
    const { type, message } = answer.error;
    if (type !== 'InvalidParameterException') throw this.setback('rid of its last version', answer.error);
    throw new Setback('passing', `The secret ${this.arn} was changed by somebody else at the same time: ${type} ${this.mask.apply(message)}`);
  }

  private async call(action: string, input: Readonly<Record<string, string | readonly string[]>>): Promise<ApiAnswer> {
    const answer = await askByJson(this.http, this.credentials, this.api, `secretsmanager.${action}`, input).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw new Setback('passing', `secretsmanager:${action} had no answer from ${this.api.url.host}: ${error.message}. If the function runs in a VPC, its subnets need a way to Secrets Manager (NAT or an endpoint).`);
    });
    const parsed = parse(answer.body);
    if (answer.status === 200) return { ok: true, output: parsed };
    const type = typeof parsed.__type === 'string' ? (parsed.__type.split('#').pop() ?? '') : `HTTP ${answer.status}`;
    const message = parsed.Message ?? parsed.message;
    return { ok: false, error: { type, message: typeof message === 'string' ? message : '' } };
  }

  private setback(done: string, { type, message }: ApiError): Setback {
    const said = `The secret for Vault's recovery keys could not be ${done} (${this.arn}): ${type} ${this.mask.apply(message)}`.replace(/[. ]+$/, '');
    if (PASSING.test(type)) return new Setback('passing', `${said}. Deploy again when Secrets Manager is quieter.`);
    return new Setback('settling', `${said}. ${mend(type, message)}`);
  }
}

function mend(type: string, message: string): string {
  if (type === 'ResourceNotFoundException' || /marked for deletion|scheduled for deletion/i.test(message)) {
    return 'The stack makes it, or vault.raft.recovery.secret names it: has somebody deleted it? aws secretsmanager restore-secret brings it back for some days.';
  }
  if (/^(De|En)cryptionFailure/.test(type)) return 'Its KMS key has to be enabled: has somebody disabled it, or scheduled its deletion? aws kms describe-key shows its state.';
  return "The function's execution role needs secretsmanager:GetSecretValue, PutSecretValue and UpdateSecretVersionStage on it and kms:Decrypt and GenerateDataKey on its key: check both policies, and that no permission boundary or SCP takes them away.";
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(body) ?? {}) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

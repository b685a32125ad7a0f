import { Hash } from '@smithy/hash-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Agent } from 'node:http';
import { z } from 'zod';
import { call, type Reply } from '../http';
import { withGoRetries } from './go-retries';
import { secretOf, type GlooSecret } from './secret-list';

/** The part of Gloo's `Settings` that says where its secrets are: `settings.secretOptions.sources` of the Helm values. */
const settingsSchema = z.object({
  settings: z.object({
    secretOptions: z.object({
      sources: z.array(
        z.object({
          vault: z
            .object({
              address: z.url(),
              aws: z.object({ iamServerIdHeader: z.string(), mountPath: z.string(), region: z.string().default('us-east-1'), vaultRole: z.string().optional() }),
              pathPrefix: z.string(),
            })
            .optional(),
          kubernetes: z.object({}).optional(),
        }),
      ),
    }),
  }),
});

export interface VaultSource {
  readonly address: string;
  readonly aws: { readonly iamServerIdHeader: string; readonly mountPath: string; readonly region: string; readonly vaultRole?: string | undefined };
  readonly pathPrefix: string;
}

/** Gloo's first Vault source, out of the chart's values. @throws where there is none, or its form is not Gloo's. */
export function vaultSource(values: unknown): VaultSource {
  const parsed = settingsSchema.safeParse(values);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The Gloo values have not the form of Gloo's settings: ${faults.join('; ')}`);
  }
  const source = parsed.data.settings.secretOptions.sources.find(({ vault }) => vault)?.vault;
  if (!source) throw new Error('The Gloo values name no Vault source.');
  return source;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface GlooToken {
  readonly token: string;
  readonly leaseSeconds: number;
  readonly policies: readonly string[];
  readonly renewable: boolean;
}

/** One request of Gloo's to Vault, as it is remembered: no header, no body. */
export interface GlooRequest {
  /** When it was sent, ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** Below `/v1/`. */
  readonly path: string;
  /** Left out while there is no answer, and for ever when there was none in time. */
  status?: number;
  /** Milliseconds until the answer, or until it was given up. */
  ms?: number;
}

/** An answer of Vault that was not a success. */
export class VaultRefusal extends Error {
  override readonly name = 'VaultRefusal';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * What Gloo's Vault client sends, as it was seen against a real Vault: a login without a role's name (Vault takes the
 * IAM role's), a renewal at once, a list of a namespace and a read of each secret, one after the other.
 * Never `sys/mounts`.
 */
export class GlooClient {
  /** Attempts so far, those that are made by themselves too. */
  requests = 0;

  /**
   * @param connect maps the address in Gloo's settings, which names a Service, to one that answers here; an address
   *   that no Service of the cluster has gives undefined.
   * @param timeoutSeconds of `VAULT_CLIENT_TIMEOUT`: how long it waits for an answer.
   * @param options.maxRetries of `VAULT_MAX_RETRIES`: how often it tries again by itself. @default 0
   * @param options.trusted PEM of `VAULT_CACERT_BYTES`, which Gloo's client takes for the only authority.
   * @param options.agent keeps its connection, as Gloo's client does. @default - one for each request
   * @param options.signal ends what is under way, with the process.
   * @param options.onRequest told of each attempt as it is sent.
   */
  constructor(
    private readonly source: VaultSource,
    private readonly connect: (address: string) => string | undefined,
    private readonly timeoutSeconds: number,
    private readonly options: { readonly maxRetries?: number; readonly trusted?: string | undefined; readonly agent?: Agent | undefined; readonly signal?: AbortSignal | undefined; readonly onRequest?: ((request: GlooRequest) => void) | undefined } = {},
  ) {}

  async logIn(credentials: Credentials): Promise<GlooToken> {
    const { aws } = this.source;
    const answer = await this.send('PUT', `auth/${aws.mountPath}/login`, undefined, {
      ...(aws.vaultRole ? { role: aws.vaultRole } : {}),
      ...(await loginData(credentials, aws)),
    });
    const auth = z.object({ auth: z.object({ client_token: z.string(), lease_duration: z.number(), token_policies: z.array(z.string()), renewable: z.boolean() }) }).parse(answer).auth;
    return { token: auth.client_token, leaseSeconds: auth.lease_duration, policies: auth.token_policies, renewable: auth.renewable };
  }

  async renew({ token }: GlooToken): Promise<{ leaseSeconds: number }> {
    const answer = await this.send('PUT', 'auth/token/renew-self', token, {});
    return { leaseSeconds: z.object({ auth: z.object({ lease_duration: z.number() }) }).parse(answer).auth.lease_duration };
  }

  /** Names of the secrets of a namespace. */
  async list({ token }: GlooToken, namespace: string): Promise<string[]> {
    const answer = await this.send('GET', `${this.source.pathPrefix}/metadata/${SECRETS}/${namespace}${LIST}`, token);
    return keysAnswer.parse(answer).data.keys;
  }

  async read({ token }: GlooToken, namespace: string, name: string): Promise<Record<string, unknown>> {
    const answer = await this.send('GET', `${this.source.pathPrefix}/data/${SECRETS}/${namespace}/${name}`, token);
    return z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) }).parse(answer).data.data;
  }

  /**
   * Gloo's whole list of secrets (`List` of solo-kit's client): where one can't be read, there is none.
   * @param namespace that is watched. @default - all, as where the chart's values name none
   * @throws {Error} in Go's words; GlooCrash.
   */
  async secrets({ token }: GlooToken, namespace?: string): Promise<GlooSecret[]> {
    const namespaces = namespace === undefined ? await this.keys(token, SECRETS) : [namespace];
    const secrets: GlooSecret[] = [];
    for (const folder of namespaces.map(withoutSlash)) {
      for (const key of await this.keys(token, `${SECRETS}/${folder}`)) {
        const { status, text } = await this.fetch('GET', `${this.source.pathPrefix}/data/${SECRETS}/${folder}/${withoutSlash(key)}`, token);
        const answer = versionAnswer.safeParse(status === 200 || status === 404 ? JSON.parse(text) : undefined).data;
        if (!answer) throw status === 404 ? new Error(`unexpected nil err on ${key}`) : new VaultRefusal(status, `getting secret ${key}: ${status}`);
        const secret = secretOf(answer.data.data, answer.data.metadata);
        if (secret) secrets.push(secret);
      }
    }
    return secrets;
  }

  private async keys(token: string, path: string): Promise<string[]> {
    const { status, text } = await this.fetch('GET', `${this.source.pathPrefix}/metadata/${path}${LIST}`, token);
    if (status === 404) return [];
    if (status >= 300) throw new VaultRefusal(status, `listing directory ${path}: ${status}`);
    return keysAnswer.parse(JSON.parse(text)).data.keys;
  }

  /** Any path with Gloo's token, to see what it must not reach. */
  async status({ token }: GlooToken, method: string, path: string): Promise<number> {
    return (await this.fetch(method, path, token)).status;
  }

  private async send(method: string, path: string, token?: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.fetch(method, path, token, body);
    if (status < 300) return JSON.parse(text) as unknown;
    throw new VaultRefusal(status, `Gloo's ${method} ${path} was answered with ${status}: ${text.replace(/\s+/g, ' ').slice(0, 500)}`);
  }

  private fetch(method: string, path: string, token?: string, body?: unknown): Promise<Reply> {
    const { maxRetries: max = 0, trusted, agent, signal, onRequest } = this.options;
    return withGoRetries({ max, timeoutSeconds: this.timeoutSeconds, signal }, async (limit) => {
      this.requests += 1;
      const address = this.connect(this.source.address);
      if (!address) throw new Error(`Gloo's settings name ${this.source.address}, which is no Service of this cluster.`);
      const record: GlooRequest = { time: new Date().toISOString(), method, path };
      onRequest?.(record);
      const began = performance.now();
      const reply = await call({
        method,
        url: `${this.source.address}/v1/${path}`,
        via: address,
        ...(token ? { headers: { 'x-vault-token': token } } : {}),
        ...(body === undefined ? {} : { body }),
        ...(trusted === undefined ? {} : { ca: trusted }),
        agent,
        limit,
        signal,
      }).finally(() => (record.ms = performance.now() - began));
      record.status = reply.status;
      return reply;
    });
  }
}

const SECRETS = 'gloo/gloo.solo.io/v1/Secret';
/** `List` of vault/api says GET, for what does not know LIST. */
const LIST = '?list=true';

const keysAnswer = z.object({ data: z.object({ keys: z.array(z.string()) }) });
/** KV answers 404 with the same form for a version that is deleted. */
const versionAnswer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()).nullable(), metadata: z.object({ deletion_time: z.string(), destroyed: z.boolean() }) }) });

/** Go joins a request's path with `path.Join`, which drops a slash at its end. */
const withoutSlash = (key: string) => key.replace(/\/$/, '');

/** As `awsutil.GenerateLoginData` of Vault's Go client makes it, region and all. */
async function loginData(credentials: Credentials, aws: VaultSource['aws']): Promise<Record<string, string>> {
  const host = `sts.${aws.region}.${aws.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const signed = await new SignatureV4({ credentials, region: aws.region, service: 'sts', sha256: Hash.bind(null, 'sha256') }).sign(
    new HttpRequest({
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path: '/',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', 'x-vault-aws-iam-server-id': aws.iamServerIdHeader },
      body,
    }),
  );
  const headers = Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name, [value]]));
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  return {
    iam_http_request_method: 'POST',
    iam_request_url: base64(`https://${host}/`),
    iam_request_body: base64(body),
    iam_request_headers: base64(JSON.stringify(headers)),
  };
}

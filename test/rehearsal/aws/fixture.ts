import { request as httpRequest } from 'node:http';
import { IamStore } from '../../../rehearsal/aws/iam';
import { startAws, type Aws } from '../../../rehearsal/aws/server';
import type { Credentials } from '../../../rehearsal/aws/sessions';
import { createCertificateAuthority, type CertificateAuthority } from '../../../rehearsal/certificate-authority';
import type { Deployment } from '../../../rehearsal/cloudformation/deployment';
import { deployTemplates } from '../cloudformation/assembly-on-disk';
import { ACCOUNT } from '../cloudformation/small-app';
import { signer } from './client';

export const REGION = 'eu-central-1';
export const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TARGETS = { kms: 'TrentService', secretsmanager: 'secretsmanager', events: 'AWSEvents' } as const;
type JsonService = keyof typeof TARGETS;

/** AWS made of hand-written resources. */
export interface Fixture {
  readonly aws: Aws;
  readonly ca: CertificateAuthority;
  readonly deployment: Deployment;
  /** Credentials of a role by its name, good for an hour. */
  credentials(roleName: string): Credentials;
  /** Asks a service of the JSON protocol on its plain port as a role. */
  ask(service: JsonService, operation: string, input: object, roleName: string, headers?: Record<string, string>): Promise<JsonAnswer>;
}

/** Starts AWS with resources as they stand in a template. */
export async function startFixture(resources: object, options: { readonly now?: () => Date } = {}): Promise<Fixture> {
  const deployment = deployTemplates({ S: { Resources: resources } });
  const ca = await createCertificateAuthority('test');
  const aws = await startAws({ iam: new IamStore(deployment), issuers: [], region: REGION, ca, ...options });
  const urls = { kms: aws.kmsUrl, secretsmanager: aws.secretsManagerUrl, events: aws.eventsUrl };
  const credentials = (roleName: string) => aws.issueSession(roleName, 'function');
  return {
    aws,
    ca,
    deployment,
    credentials,
    ask: async (service, operation, input, roleName, headers = {}) => {
      const { status, body } = await askJson(urls[service], service, operation, JSON.stringify(input), credentials(roleName), headers);
      return { status, body: JSON.parse(body) as Record<string, unknown> };
    },
  };
}

/** One operation of the JSON protocol; `headers` take the place of those that belong there. */
export async function askJson(
  url: string,
  service: JsonService,
  operation: string,
  body: string,
  credentials: Credentials,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const { host } = new URL(url);
  const target = `${TARGETS[service]}.${operation}`;
  const signed = await signer({ credentials, service, region: REGION }).sign({
    method: 'POST',
    protocol: 'https:',
    hostname: host,
    path: '/',
    query: {},
    headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target, ...headers },
    body,
  });
  return exchangePlain(new URL('/', url), { method: 'POST', headers: signed.headers }, body);
}

/** A request without TLS. */
export function exchangePlain(
  url: URL,
  options: { readonly method: string; readonly headers: Record<string, string>; readonly path?: string },
  body: string | Buffer,
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]>; content: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const content = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, body: content.toString('utf8'), headers: response.headers, content });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** A role that Lambda may assume, with one inline policy of these statements. */
export function role(RoleName: string, ...statements: object[]): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName,
      AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] },
      Policies: statements.length === 0 ? [] : [{ PolicyName: 'p', PolicyDocument: { Statement: statements } }],
    },
  };
}

export function allow(Action: string | string[], Resource: unknown, Condition?: object): object {
  return { Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

export function sessionArn(roleName: string): string {
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${roleName}/function`;
}

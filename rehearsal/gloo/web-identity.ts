import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ClusterEnvironment } from '../../lib/environment/environment';
import type { Aws } from '../aws/server';
import type { Credentials } from './gloo-client';

/** STS said no. The message is AWS's own. */
export class StsRefusal extends Error {
  override readonly name = 'StsRefusal';
}

/** What a pod needs to reach STS. */
interface Reachable {
  readonly environment: ClusterEnvironment;
  readonly aws: Pick<Aws, 'httpsPort'>;
  /** PEM that STS's certificate is signed by. */
  readonly awsCaPem: string;
}

/**
 * What a pod's AWS SDK does with its token: `sts:AssumeRoleWithWebIdentity`, at the regional endpoint.
 * @throws {@link StsRefusal}
 */
export async function assumeRoleWithWebIdentity(world: Reachable, roleArn: string, token: string): Promise<Credentials> {
  const { region, partition } = world.environment;
  const host = `sts.${region}.${partition.dnsSuffix}`;
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'gloo',
    WebIdentityToken: token,
  }).toString();
  const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: world.aws.httpsPort,
        servername: host,
        ca: world.awsCaPem,
        method: 'POST',
        headers: { host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) },
        timeout: 10_000,
      },
      (received) => {
        text(received).then((content) => resolve({ status: received.statusCode ?? 0, body: content }), reject);
      },
    );
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${host} gave no answer in 10 s`)));
    sent.end(body);
  });
  if (answer.status !== 200) {
    throw new StsRefusal(`STS refused ${roleArn} with ${element(answer.body, 'Code')}: ${element(answer.body, 'Message')}`);
  }
  return {
    accessKeyId: element(answer.body, 'AccessKeyId'),
    secretAccessKey: element(answer.body, 'SecretAccessKey'),
    sessionToken: element(answer.body, 'SessionToken'),
  };
}

function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
}

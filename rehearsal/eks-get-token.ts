import { parseArgs } from 'node:util';
import { eksToken } from '../lib/vault/client/aws';

/*
 * `aws eks get-token`, for a machine that need not have the AWS CLI: prints what a kubeconfig's command prints, a token
 * signed with the credentials of the environment.
 */
const { values } = parseArgs({ options: { 'cluster-name': { type: 'string' }, region: { type: 'string' } } });
const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken = '' } = process.env;
void eksToken({ accessKeyId, secretAccessKey, sessionToken }, values.region ?? '', values['cluster-name'] ?? '').then((token) => {
  process.stdout.write(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential', status: { token } }));
});

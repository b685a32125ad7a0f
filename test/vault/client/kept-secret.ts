import { Mask } from '../../../lib/vault/client/errors';
import { Http } from '../../../lib/vault/client/http';
import { Secret } from '../../../lib/vault/client/secrets-manager';
import { allow, REGION, role, startFixture, type Fixture } from '../../rehearsal/aws/fixture';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const VIA = { StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` } };
const useKey = allow(['kms:GenerateDataKey', 'kms:Decrypt'], arn('Key'), VIA);
const kept = { Ref: 'Kept' };

/** A secret under a key of its own, and roles that may do all with it that the function may (`keeper`), or some of it. */
const RESOURCES = {
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Kept: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'kept', KmsKeyId: arn('Key') } },
  Keeper: role('keeper', allow(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'], kept), useKey),
  Reader: role('reader', allow('secretsmanager:GetSecretValue', kept), useKey),
  Keyless: role('keyless', allow('secretsmanager:*', kept)),
  Anything: role('anything', allow('secretsmanager:*', '*'), useKey),
};

export interface KeptSecret {
  readonly fixture: Fixture;
  readonly arn: string;
  readonly mask: Mask;
  /** The secret as one of the roles has it. */
  as(roleName: string, arn?: string): Secret;
  /** The secret where something else answers for Secrets Manager. */
  at(url: string): Secret;
  /** Labels by version, and what each labelled version holds. */
  versions(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the stand-in of Secrets Manager, which verifies signatures and policies. */
export async function startKeptSecret(): Promise<KeptSecret> {
  const fixture = await startFixture(RESOURCES);
  const http = new Http(undefined, 2000);
  const mask = new Mask();
  const secretArn = fixture.deployment.ofType('AWS::SecretsManager::Secret')[0]?.arn ?? '';
  const secret = (roleName: string, url: string, of = secretArn) => new Secret(http, fixture.credentials(roleName), mask, of, { AWS_ENDPOINT_URL_SECRETS_MANAGER: url });
  const { secretsManagerUrl } = fixture.aws;
  return {
    fixture,
    arn: secretArn,
    mask,
    as: (roleName, of) => secret(roleName, secretsManagerUrl, of),
    at: (url) => secret('keeper', url),
    versions: async () => {
      const { body } = await fixture.ask('secretsmanager', 'DescribeSecret', { SecretId: 'kept' }, 'anything');
      const labels = Object.entries((body.VersionIdsToStages ?? {}) as Record<string, string[]>);
      const entries = labels.map(async ([VersionId, stages]) => {
        const { body: version } = await fixture.ask('secretsmanager', 'GetSecretValue', { SecretId: 'kept', VersionId }, 'anything');
        return [[...stages].sort().join(' '), String(version.SecretString)] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
    close: async () => {
      http.close();
      await fixture.aws.close();
    },
  };
}

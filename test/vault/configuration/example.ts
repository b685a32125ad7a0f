import type { VaultConfigurationProperties } from '../../../lib/vault/configuration/properties';

/** The guide's configuration, as the construct writes it. */
export const properties: VaultConfigurationProperties = {
  cluster: { name: 'trial', endpoint: 'https://127.0.0.1:6443', certificateAuthority: 'LS0t' },
  vault: { namespace: 'vault', service: 'http:vault:8200', mode: 'dev' },
  auditDevice: 'stdout',
  authMethod: { mountPath: 'aws', serverIdHeader: 'vault.gloo.example.com', stsEndpoint: 'https://sts.us-east-1.amazonaws.com', stsRegion: 'us-east-1' },
  secretsEngine: { mountPath: 'dev', maxVersions: '0' },
  policy: { name: 'dev', paths: { 'dev/*': ['create', 'read', 'update', 'delete', 'list'], 'dev/': ['list'], 'sys/mounts': ['read', 'list'] } },
  roles: [{ name: 'dev-role-iam-trial', principalArn: 'arn:aws:iam::111122223333:role/dev-role-iam-trial' }],
  session: { maxTtl: '900', period: '0' },
  provisioner: { name: 'vault-config-trial', principalArn: 'arn:aws:iam::111122223333:role/vault-config-trial' },
};

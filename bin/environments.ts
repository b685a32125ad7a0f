import type { GuestInput } from '../lib/environment/guest-input';
import type { EnvironmentInput } from '../lib/environment/input';

/**
 * The environments of this app: a stage each, `npx cdk deploy 'dev/*'`. Edit them here, or keep them in a YAML or JSON
 * file of the same shape and say `-c environments=FILE`. What each key means and what it is when left out stands in
 * lib/environment/input.ts. Nothing secret belongs here: all of it ends in templates.
 */
export const environments: Record<string, EnvironmentInput | GuestInput> = {
  /** The guide as it stands: a new cluster, a dev-mode Vault, and Gloo with Function Discovery. */
  dev: {
    // Your account.
    account: '111122223333',
    region: 'us-east-1',
    cluster: {
      create: {
        name: 'gloo-ee-vault-integration',
        // Roles that may use kubectl, such as your own: 'arn:aws:iam::111122223333:role/Admin'. EKS refuses one that does not exist.
        adminArns: [],
      },
    },
    // Who may write Gloo's secrets, by `npx gloo-vault`: operators: ['arn:aws:iam::111122223333:role/Admin'].
    vault: { operators: [] },
    gloo: { discovery: true },
  },

  /** The guide on a cluster that exists, each attribute as `aws eks describe-cluster` prints it. */
  existing: {
    account: '111122223333',
    region: 'us-east-1',
    cluster: {
      import: {
        name: 'platform',
        kubernetesVersion: '1.35',
        endpoint: 'https://5E6A1F0C9B7D4823A1C0E9F86B7D2A34.gr7.us-east-1.eks.amazonaws.com',
        certificateAuthority:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJwekNDQVV5Z0F3SUJBZ0lVY1Z3azZQOHR0NWZidWEvdExCaE5lS0xhb1pvd0NnWUlLb1pJemowRUF3SXcKRlRFVE1CRUdBMVVFQXd3S2EzVmlaWEp1WlhSbGN6QWVGdzB5TmpFeE1qTXlNRFUxTWpGYUZ3MHpOakV4TWpBeQpNRFUxTWpGYU1CVXhFekFSQmdOVkJBTU1DbXQxWW1WeWJtVjBaWE13V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPClBRTUJCd05DQUFSVnVma2NoY0RNVW0xOFJ4VU1lNVhKYlZlNFI0N1I3ZlNFZkZZWmpNTnNpdTA5R3BGeGRLbm4KWjk2WmUyaVAyb2VvZjZWRm5NcDNtYldjcjBEeTRTZ1BvM293ZURBZEJnTlZIUTRFRmdRVWtXQVlvU2FFN0IxaQpjMndDcy8rMjhNSStIK2N3SHdZRFZSMGpCQmd3Rm9BVWtXQVlvU2FFN0IxaWMyd0NzLysyOE1JK0grY3dEd1lEClZSMFRBUUgvQkFVd0F3RUIvekFPQmdOVkhROEJBZjhFQkFNQ0FxUXdGUVlEVlIwUkJBNHdESUlLYTNWaVpYSnUKWlhSbGN6QUtCZ2dxaGtqT1BRUURBZ05KQURCR0FpRUEyak5aTFF6Q1pRWXpZZkUyQzAwOENyd09XVmpVYk1uUgpVRERuaklUczUrWUNJUUQzK0lqR3d3TW15eFFWSUs4RnNEckE5QWhERTJBRHc0VTRXUXB0UTlJUEF3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=',
        // Where IAM has the cluster's provider already; else oidcIssuer: 'https://oidc.eks…', and the app makes it.
        oidcProviderArn:
          'arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/5E6A1F0C9B7D4823A1C0E9F86B7D2A34',
        securityGroupId: 'sg-0a1b2c3d4e5f60718',
        // The subnets given to EKS for the control plane's network interfaces.
        controlPlaneCidrs: ['10.20.0.0/28', '10.20.0.16/28'],
      },
    },
  },

  /** What a team would run: three Vaults with TLS, sealed by KMS, on a cluster over three zones. */
  prod: {
    account: '111122223333',
    region: 'us-east-1',
    production: true,
    cluster: {
      create: {
        name: 'gloo-prod',
        zones: 3,
        // One a zone: a replica of Vault that can't reach KMS does not unseal.
        natGateways: 3,
        nodes: { minSize: 3, desiredSize: 3, maxSize: 6 },
        logRetentionDays: 90,
        adminArns: [],
      },
    },
    vault: { kv: { mountPath: 'prod' }, policy: { name: 'prod' } },
  },
};

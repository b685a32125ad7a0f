import { decodeHealingInput, type HealingInput } from '../../../lib/gloo/healing/input';

const login = { namespace: 'gloo-system', serviceAccount: 'gloo', roleArn: 'arn:aws:iam::111122223333:role/r', podRegion: 'us-east-1', dnsSuffix: 'amazonaws.com', mountPath: 'aws', serverIdHeader: 'vault.example.org', region: 'us-east-1', pathPrefix: 'dev' };
const input: HealingInput = {
  cluster: { name: 'c', endpoint: 'https://c.example', certificateAuthority: 'Y2E=' },
  vault: { namespace: 'vault', service: 'http:vault:8200' },
  deployments: [{ name: 'gloo', metrics: 'http:gloo:9091', login }],
};

test('is taken as it is', () => {
  expect(decodeHealingInput(input)).toEqual(input);
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'missing or malformed: the event. The rule of GlooHealing writes it: deploy the construct and its handler from one commit.'],
  ['no Deployment', { ...input, deployments: [] }, 'missing or malformed: deployments.'],
  ['a login of another commit', { ...input, deployments: [{ ...input.deployments[0], login: { ...login, roleArn: 'r-with-a-secret' } }] }, 'missing or malformed: deployments.0.login.roleArn.'],
])('%s is refused, and no value repeated', (_, event, words) => {
  expect(() => decodeHealingInput(event)).toThrow(words);
  expect(() => decodeHealingInput(event)).not.toThrow('r-with-a-secret');
});

import { vaultLaunch, type VaultLaunchOptions } from '../../../rehearsal/vault/vault-launch';

const options: Omit<VaultLaunchOptions, 'command'> = {
  args: ['server', '-dev'],
  env: {
    HOME: '/tmp/home',
    SSL_CERT_FILE: '/tmp/pods/ca.pem',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/tmp/pods/token',
    AWS_REGION: 'eu-central-1',
  },
  home: '/tmp/home',
  container: 'rehearsal-vault-1',
  user: '1000:1000',
  dockerEnv: { PATH: '/usr/bin', DOCKER_HOST: 'unix:///run/docker.sock' },
};

test('a binary gets its arguments, and nothing but the given environment', () => {
  const launch = vaultLaunch({
    ...options,
    command: { kind: 'binary', path: '/opt/vault', version: '1.21.1', description: 'vault' },
  });
  expect(launch).toMatchObject({ program: '/opt/vault', args: ['server', '-dev'], env: options.env });
  expect(launch.signal('STOP', 42)).toEqual(['kill', '-STOP', '42']);
});

test('a container shares the network, the user and the folders of the files that the environment names', () => {
  const launch = vaultLaunch({
    ...options,
    command: { kind: 'docker', image: 'hashicorp/vault:1.21.1', version: '1.21.1', description: 'vault' },
  });
  expect(launch.env).toEqual(options.dockerEnv);
  expect([launch.program, ...launch.args].join(' ')).toBe(
    'docker run --rm --name rehearsal-vault-1 --network host --user 1000:1000 --entrypoint vault ' +
      '--volume /tmp/home:/tmp/home --volume /tmp/pods:/tmp/pods:ro ' +
      '--env HOME=/tmp/home --env SSL_CERT_FILE=/tmp/pods/ca.pem --env AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/pods/token ' +
      '--env AWS_REGION=eu-central-1 hashicorp/vault:1.21.1 server -dev',
  );
  expect(launch.signal('KILL', 42)).toEqual(['docker', 'kill', '--signal', 'KILL', 'rehearsal-vault-1']);
});

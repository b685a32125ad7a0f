import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assetDirectory } from '../../../rehearsal/cloudformation/asset-directory';
import type { DeployedResource, Deployment } from '../../../rehearsal/cloudformation/deployment';
import { synthesizeSmallApp, type SmallApp } from './small-app';

let app: SmallApp;
let deployment: Deployment;
let configurator: DeployedResource;
beforeAll(() => {
  app = synthesizeSmallApp();
  deployment = app.deploy();
  const [found] = deployment.ofType('AWS::Lambda::Function').filter(({ stack }) => stack === 'dev-Vault');
  configurator = found as DeployedResource;
});
afterAll(() => app.remove());

test("finds a function's code in cdk.out", () => {
  const directory = assetDirectory(deployment, configurator);

  expect(directory).toMatch(new RegExp(`^${app.assemblyDir}/asset\\.[0-9a-f]{64}$`));
  expect(existsSync(join(directory, 'index.js'))).toBe(true);
});

test('refuses inline code, a key that no manifest has, and an asset that is gone', () => {
  const where = `stack dev-Vault, resource ${configurator.logicalId}`;
  const withCode = (code: DeployedResource['properties']) => ({ ...configurator, properties: { Code: code } });

  expect(() => assetDirectory(deployment, withCode({ ZipFile: 'code' }))).toThrow(`${where}: it has no Code.S3Key`);
  expect(() => assetDirectory(deployment, withCode({ S3Key: 'nothing.zip' }))).toThrow(
    `${where}: no asset manifest of its stack has a zip asset for the key nothing.zip`,
  );
  rmSync(assetDirectory(deployment, configurator), { recursive: true });
  expect(() => assetDirectory(deployment, configurator)).toThrow('is no directory: synthesize again');
});

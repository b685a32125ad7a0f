import { App } from 'aws-cdk-lib';
import { loadEnvironments } from '../lib/environment/load';
import { EnvironmentStage } from '../lib/environment-stage';
import { environments } from './environments';

// The built-in template validation takes many times the rest of a synth: the tests run it, strict, once.
const app = new App({ builtinCloudFormationValidation: false });
for (const environment of loadEnvironments(app.node.tryGetContext('environments'), environments)) new EnvironmentStage(app, environment);
app.synth();

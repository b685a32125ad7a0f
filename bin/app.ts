import { App } from 'aws-cdk-lib';
import { WITHOUT_VALIDATION } from '../lib/app-props';
import { loadEnvironments } from '../lib/environment/load';
import { withGuests } from '../lib/environment/parse';
import { EnvironmentStage } from '../lib/environment-stage';
import { DiffRoleStack } from '../lib/diff-role/diff-role-stack';
import { parseDiffRoles } from '../lib/diff-role/parse';
import { diffRoles } from './diff-roles';
import { environments as builtIn } from './environments';

const app = new App(WITHOUT_VALIDATION);
const environments = withGuests(loadEnvironments(app.node.tryGetContext('environments'), builtIn));
const stages = environments.map((environment) => new EnvironmentStage(app, environment));
for (const role of parseDiffRoles(diffRoles, environments)) new DiffRoleStack(app, role, stages.flatMap((stage) => stage.stacks));
app.synth();

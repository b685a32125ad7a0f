import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LeastStage } from '../../bench/least-app';
import { environments } from '../environments';
import { synthesize } from '../synthesize';
import { WITHOUT_VALIDATION } from '../../lib/app-props';

const typesOf = (templates: readonly Template[]) => new Set(templates.flatMap((template) => Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type)));

test('the least app declares the kinds of resources that the dev environment declares, and no other', () => {
  const least = new LeastStage(new App(WITHOUT_VALIDATION), 'least');
  const stacks = least.node.children.filter((child) => Stack.isStack(child));
  const { dev: input } = environments;
  const dev = synthesize(input ? { dev: input } : {});
  const types = typesOf(stacks.map((stack) => Template.fromStack(stack)));
  const devTypes = typesOf([...dev.stacks.keys()].map((name) => dev.template(name)));
  expect(stacks.map(({ node }) => node.id)).toEqual(['Cluster', 'Identity', 'Vault', 'Gloo']);
  expect([...types].filter((type) => !devTypes.has(type))).toEqual([]);
  expect([...types]).toEqual(expect.arrayContaining(['AWS::EKS::Cluster', 'AWS::EKS::Nodegroup', 'AWS::IAM::Role', 'AWS::Lambda::LayerVersion', 'AWS::Lambda::Function', 'Custom::AWSCDK-EKS-HelmChart', 'Custom::VaultConfiguration']));
});

import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * A topic that CloudWatch alarms of one name prefix publish to, encrypted and by TLS alone. Its key is a customer's, for
 * the policy of `alias/aws/sns` does not let CloudWatch publish and cannot be changed; and its policy names CloudWatch, for
 * one that demands TLS takes the place of the one that SNS would give it.
 * Source: SNS, "Enable compatibility between event sources from AWS services and encrypted topics".
 * @param alarms prefix of the alarms' names.
 */
export function alarmTopic(scope: Construct, id: string, alarms: string): Topic {
  const stack = Stack.of(scope);
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': stack.account } };
  const key = new Key(scope, `${id}Key`, {
    description: `Messages of the alarms ${alarms}*`,
    enableKeyRotation: true,
    // What it encrypts lies in SNS until it is delivered, and no longer.
    removalPolicy: RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
  });
  key.addToResourcePolicy(
    new PolicyStatement({ sid: 'LetAlarmsPublish', principals: [cloudWatch], actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'], conditions: ofThisAccount }),
  );
  const topic = new Topic(scope, id, { displayName: 'Alarms of Vault', masterKey: key, enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LetAlarmsPublish',
      principals: [cloudWatch],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        ...ofThisAccount,
        ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: `${alarms}*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME }) },
      },
    }),
  );
  return topic;
}

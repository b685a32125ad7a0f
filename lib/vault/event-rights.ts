import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './client/tell';

/** EventBridge has no narrower resource than the bus, on which others rely too: the condition leaves no word but the functions' own. */
export function tellEvents(scope: Construct, sid: string): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: ['events:PutEvents'],
    resources: [Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
    conditions: { StringEquals: { 'events:source': EVENT_SOURCE } },
  });
}

import { isMapping } from '../lib/environment/fields';
import { unfolded } from './differences';
import type { Template } from './model';

/** A template whose trust policies hold the conditions that a CfnJson makes of them, in place of a reference to it. */
export function withTrustConditions(template: Template): Template {
  const values = new Map(Object.entries(template.Resources ?? {}).flatMap(([id, { Type, Properties }]) => (Type === 'Custom::AWSCDKCfnJson' ? [[id, unfolded(Properties?.Value)] as const] : [])));
  const resolved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolved);
    if (!isMapping(value)) return value;
    const [id, attribute] = Array.isArray(value['Fn::GetAtt']) ? (value['Fn::GetAtt'] as unknown[]) : [];
    if (typeof id === 'string' && attribute === 'Value' && values.has(id)) return values.get(id);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
  };
  return values.size === 0 ? template : (resolved(template) as Template);
}

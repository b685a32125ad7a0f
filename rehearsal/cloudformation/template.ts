import { z } from 'zod';

/** Any JSON value. */
export type Json = z.output<ReturnType<typeof z.json>>;
export type JsonObject = { [key: string]: Json };

// CDK has written these files: only what is read is checked, deep values stay as they are.
const json = z.custom<Json>((value) => value !== undefined);
const properties = z.record(z.string(), json);

const resource = z.object({
  Type: z.string(),
  Properties: properties.default({}),
  DependsOn: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((names) => [names].flat()),
  Condition: z.string().optional(),
  DeletionPolicy: z.enum(['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot']).default('Delete'),
});

const template = z.object({
  Resources: z.record(z.string(), resource),
  Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: z.union([z.string(), z.number()]).optional() })).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), properties)).default({}),
  Conditions: properties.default({}),
  Outputs: z
    .record(z.string(), z.object({ Value: json, Export: z.object({ Name: json }).optional(), Condition: z.string().optional() }))
    .default({}),
  Transform: z.undefined('transforms are not expanded here').optional(),
});

/** A CloudFormation template as far as it is read here. `Rules`, `Metadata` and descriptions are not. */
export type Template = z.output<typeof template>;

/** @throws naming the stack and the place in the template. */
export function parseTemplate(document: unknown, stack: string): Template {
  const parsed = template.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`stack ${stack}: the template is not valid at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return parsed.data;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

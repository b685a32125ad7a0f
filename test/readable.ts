import { isMapping } from '../lib/environment/fields';
import { manifestObjects, unfolded } from '../review/differences';
import type { Resource, Template } from '../review/model';

/** What CDK puts into every template for its own ends. */
const CDK_OWN: ReadonlySet<string> = new Set(['BootstrapVersion', 'CheckBootstrapVersion']);
/** Digests by which a custom resource notices that another version of the app gives it something else. */
const DIGESTS: ReadonlySet<string> = new Set(['contents', 'digest']);

/**
 * A template as a reviewer wants to see it change: Kubernetes objects, Helm values and other JSON a line a value, in place of
 * one line of escaped text, and nothing that changes by itself: hashes of code, digests, what CDK adds for itself.
 */
export function readableTemplate(template: Template): unknown {
  const { Resources = {}, ...sections } = template;
  return quiet({ ...sections, Resources: Object.fromEntries(Object.entries(Resources).map(([id, resource]) => [id, opened(resource)])) });
}

function opened(resource: Resource): unknown {
  const { Properties, ...rest } = resource;
  const manifest = manifestObjects(resource);
  const properties = Object.entries(Properties ?? {}).map(([name, value]): [string, unknown] => {
    if (name === 'Manifest' && manifest !== undefined) return [name, manifest];
    return [name, DIGESTS.has(name) && resource.Type.startsWith('Custom::') ? '<digest>' : value];
  });
  // Metadata is CDK's: paths and assets.
  return { ...rest, Metadata: undefined, ...(Properties === undefined ? {} : { Properties: Object.fromEntries(properties) }) };
}

function quiet(value: unknown): unknown {
  const json = unfolded(value);
  // References stay as the template has them, but inside of a text that is JSON.
  const shown = typeof json === 'object' ? json : value;
  if (typeof shown === 'string') return shown.replace(/\b[0-9a-f]{64}(?=\.(zip|json)\b)/g, '<hash>');
  if (Array.isArray(shown)) return shown.map(quiet);
  if (!isMapping(shown)) return shown;
  const entries = Object.entries(shown).flatMap(([key, each]): [string, unknown][] => (CDK_OWN.has(key) || each === undefined ? [] : [[key, quiet(each)]]));
  return Object.fromEntries(entries.filter(([key, each]) => !((key === 'Parameters' || key === 'Rules') && isMapping(each) && Object.keys(each).length === 0)));
}

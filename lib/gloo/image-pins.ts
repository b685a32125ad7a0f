import type { GlooImageName } from '../versions';
import { isMapping } from '../environment/fields';

type Values = Readonly<Record<string, unknown>>;

/** Where Gloo's chart takes an image's digest from. Source: the chart's template `gloo.image`. */
const PLACES: Readonly<Record<GlooImageName, readonly (readonly string[])[]>> = {
  gloo: [['gloo', 'deployment']],
  discovery: [['discovery', 'deployment']],
  'gloo-envoy-wrapper': [['gatewayProxies', 'gatewayProxy', 'podTemplate']],
  kubectl: [['gateway', 'rolloutJob'], ['gateway', 'cleanupJob']],
  certgen: [['gateway', 'certGenJob']],
};

/** Settings of `global.image` that change no image. */
const HARMLESS: ReadonlySet<string> = new Set(['pullPolicy', 'pullSecret']);

/**
 * Values that hold Gloo's images by their digests, to go beneath a user's own. Whoever names an image, a registry or a variant
 * has another one, to which no digest of the chart's own belongs.
 * @param digests `sha256:…` of the images of the very chart that is installed.
 * @param own the user's values.
 */
export function imagePins(digests: Readonly<Partial<Record<GlooImageName, string>>>, own: Values): Values {
  const everywhere = at(own, ['global', 'image']);
  if (isMapping(everywhere) && Object.keys(everywhere).some((key) => !HARMLESS.has(key))) return {};
  const pins: Record<string, unknown> = {};
  for (const [name, digest] of Object.entries(digests) as [GlooImageName, string][]) {
    for (const place of PLACES[name]) if (at(own, [...place, 'image']) === undefined) put(pins, [...place, 'image', 'digest'], digest);
  }
  return pins;
}

const at = (values: Values, path: readonly string[]) => path.reduce<unknown>((inside, key) => (isMapping(inside) ? inside[key] : undefined), values);

function put(values: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) values[key] = value;
  else put((values[key] ??= {}) as Record<string, unknown>, rest, value);
}

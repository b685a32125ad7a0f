type Values = Readonly<Record<string, unknown>>;

/** Key of the proxy that the chart's own values have. */
const BUILT_IN = 'gatewayProxy';

/** A Service of a gateway proxy. */
export interface ProxyService {
  readonly name: string;
  /** `LoadBalancer`, unless its values say otherwise: somebody may change it in the cluster too. */
  readonly type: string;
}

/**
 * The Services of Gloo's gateway proxies, as the chart makes them of its values, of those in Gloo's own namespace.
 * Source: chart gloo 1.22, templates/8-gateway-proxy-service.yaml.
 */
export function proxyServices(values: Values): ProxyService[] {
  if (mapping(values.gateway).enabled === false) return [];
  const proxies: Values = { [BUILT_IN]: {}, ...mapping(values.gatewayProxies) };
  const builtIn = mapping(proxies[BUILT_IN]);
  const services = Object.entries(proxies).flatMap(([key, value]) => {
    // The chart lays each proxy on top of the one that it has by itself.
    const [own, service] = [mapping(value), { ...mapping(builtIn.service), ...mapping(mapping(value).service) }];
    const absent = (own.disabled ?? builtIn.disabled) === true;
    const elsewhere = (own.namespace ?? builtIn.namespace) !== undefined;
    return absent || elsewhere ? [] : [{ name: kebabCase(text(service.name) ?? key), type: text(service.type) ?? 'LoadBalancer' }];
  });
  return services.filter(({ name }, index) => services.findIndex((each) => each.name === name) === index);
}

const mapping = (value: unknown): Values => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {});

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** As Helm's `kebabcase` has it: a dash where a word begins, and before a number that a small letter follows. */
function kebabCase(name: string): string {
  return name
    .replace(/([a-z])(\d+[a-z])/g, '$1-$2')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

type Values = Readonly<Record<string, unknown>>;

/** Key of the proxy that the chart's own values have. */
const BUILT_IN = 'gatewayProxy';

/**
 * Names of the Services of Gloo's gateway proxies, as the chart makes them of its values: each is of type LoadBalancer unless
 * `service.type` says otherwise, which somebody may change in the cluster too. Of proxies in Gloo's own namespace alone.
 * Source: chart gloo 1.22, templates/8-gateway-proxy-service.yaml.
 */
export function proxyServices(values: Values): string[] {
  if (mapping(values.gateway).enabled === false) return [];
  const proxies: Values = { [BUILT_IN]: {}, ...mapping(values.gatewayProxies) };
  const builtIn = mapping(proxies[BUILT_IN]);
  const names = Object.entries(proxies).flatMap(([key, value]) => {
    // The chart lays each proxy on top of the one that it has by itself.
    const [own, service] = [mapping(value), { ...mapping(builtIn.service), ...mapping(mapping(value).service) }];
    const absent = (own.disabled ?? builtIn.disabled) === true;
    const elsewhere = (own.namespace ?? builtIn.namespace) !== undefined;
    return absent || elsewhere ? [] : [kebabCase(typeof service.name === 'string' ? service.name : key)];
  });
  return [...new Set(names)];
}

const mapping = (value: unknown): Values => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {});

/** As Helm's `kebabcase` has it: a dash where a word begins, and before a number that a small letter follows. */
function kebabCase(name: string): string {
  return name
    .replace(/([a-z])(\d+[a-z])/g, '$1-$2')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

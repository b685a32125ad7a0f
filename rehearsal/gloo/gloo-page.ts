/** What Gloo measures of its Vault client, by the end of its name: `stats.go` of that client. */
export type GlooMetric = 'login_successes' | 'login_failures' | 'last_login_success' | 'last_login_failure' | 'renew_successes' | 'renew_failures' | 'last_renew_success' | 'last_renew_failure';

/** Those that a page shows: OpenCensus shows none before its first value. Times are seconds since the epoch. */
export type GlooValues = Readonly<Partial<Record<GlooMetric, number>>>;

/** A page as the OpenCensus exporter of Go writes it, in which the values stand among others of Gloo's. */
export function glooPage(values: GlooValues): string {
  const series = Object.entries(values).map(([name, value]) => {
    const metric = `gloo_solo_io_vault_${name}`;
    // Go's %g: a time has an exponent.
    const shown = value >= 1e6 ? value.toExponential().replace(/e\+(\d)$/, 'e+0$1') : String(value);
    return `# HELP ${metric} Words on Vault\n# TYPE ${metric} ${name.startsWith('last') ? 'gauge' : 'counter'}\n${metric} ${shown}\n`;
  });
  return `# HELP api_gloo_solo_io_emitter_resources_in The number of resource lists received on open watch channels
# TYPE api_gloo_solo_io_emitter_resources_in counter
api_gloo_solo_io_emitter_resources_in{namespace="gloo-system",resource="upstream"} 3
api_gloo_solo_io_emitter_resources_in{namespace="gloo-system",resource="gloo_solo_io_vault_login_failures 7 "} 1
${series.join('')}# HELP runtime_goroutines The number of goroutines
# TYPE runtime_goroutines gauge
runtime_goroutines 412
# HELP validation_gateway_solo_io_gateway_config_status Gateway's config status
# TYPE validation_gateway_solo_io_gateway_config_status gauge
validation_gateway_solo_io_gateway_config_status{name="gateway-proxy",namespace="gloo-system"} 0
`;
}

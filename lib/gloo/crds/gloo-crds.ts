import { type CustomResource, Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { join } from 'path';
import type { ClusterAccess } from '../../cluster/cluster-access';
import type { ClusterEnvironment } from '../../environment/environment';
import { names } from '../../identity/names';
import { functionResource } from '../../vault/function-resource';
import { VaultFunction } from '../../vault/vault-function';
import { digestOf, readCrds } from './crds';
import { CRDS_FOLDER, RESOURCE_TYPE, type GlooCrdsProperties } from './properties';

export interface GlooCrdsProps {
  readonly environment: ClusterEnvironment;
  readonly access: ClusterAccess;
  /** With the CRDs of the chart's version. */
  readonly folder: string;
}

/** Some seconds for the CRDs, and the patience for what settles. */
const FUNCTION_TIMEOUT = Duration.minutes(5);

/**
 * Applies Gloo's CRDs at the version of its chart, before the chart: Helm installs what lies in a chart's `crds` where there is none of
 * the name, and never upgrades it. No Helm release owns them, for Helm refuses what is there without its mark, as after each
 * earlier installation of Gloo; server-side apply takes over what anybody made.
 */
export class GlooCrds extends VaultFunction {
  /** When it is there, the API server serves Gloo's kinds. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { environment, access, folder }: GlooCrdsProps) {
    const { cluster: settings, gloo } = environment;
    const crds = readCrds(folder);
    super(scope, id, {
      access,
      after: [],
      handlerDirectory: join(__dirname, 'handler'),
      files: { folder, as: CRDS_FOLDER },
      description: `Applies the CRDs of Gloo to ${settings.name}`,
      roleName: names.crdsRole(settings.name),
      roleDescription: 'Applies the CRDs of Gloo, by name; may point their conversion at a webhook',
      statements: [],
      group: 'gloo-crds',
      rules: {},
      // Gloo's alone, by name, which the API server knows of an apply even where it creates one. No delete. Whoever may patch a CRD
      // may have its objects converted by a webhook of his, and so read and change them: Gloo's routes, and no Secret.
      clusterRules: [{ apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', names: crds.map(({ name }) => name), verbs: ['get', 'create', 'patch'] }],
      timeout: FUNCTION_TIMEOUT,
    });
    const { cluster } = access;
    const properties: GlooCrdsProperties = {
      cluster: { name: settings.name, endpoint: cluster.clusterEndpoint, certificateAuthority: cluster.clusterCertificateAuthorityData },
      chartVersion: gloo.chartVersion,
      digest: digestOf(crds),
    };
    this.resource = functionResource(this, {
      fn: this.fn,
      type: RESOURCE_TYPE,
      properties,
      timeout: FUNCTION_TIMEOUT,
      needs: this.needs,
    });
  }
}

import { isMapping } from '../../../lib/environment/fields';
import { TLS } from '../../../lib/vault/tls';
import { failure, joined, ok, warning, type Finding } from '../finding';
import type { KubeObject } from '../kube';
import type { Check } from '../ports';

const DAY = 86_400_000;
/** cert-manager renews 30 days before the end. */
const RENEWED_BY = 30;
const URGENT = 7;

export const certificates: Check = {
  id: 'certificates',
  title: 'Certificates',
  look: async ({ environment: { vault, gloo }, kube, now }) => {
    const reader = await kube();
    const named = [
      { namespace: vault.namespace, name: TLS.serverSecret },
      { namespace: gloo.namespace, name: TLS.clientSecret },
    ];
    const findings = await Promise.all(
      named.map(async ({ namespace, name }) => judgeCertificate(`${namespace}/${name}`, await reader.find(`/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${name}`), now)),
    );
    return joined(findings, failure('there are none'));
  },
};

/** @param certificate cert-manager's object, whose status has the days: the Secret with the key is never read. */
export function judgeCertificate(name: string, certificate: KubeObject | undefined, now: Date): Finding {
  const [namespace = '', bare = ''] = name.split('/');
  const look = `See why cert-manager does not renew it: kubectl describe certificate -n ${namespace} ${bare}; kubectl get certificaterequests -n ${namespace}`;
  if (certificate === undefined) return failure(`there is no Certificate ${name}`, 'Deploy the stack that makes it again: Vault for the server\'s, Gloo for the client\'s.');
  const status = isMapping(certificate.status) ? certificate.status : {};
  const ready = (Array.isArray(status.conditions) ? status.conditions : []).filter(isMapping).find(({ type }) => type === 'Ready');
  const why = typeof ready?.message === 'string' ? ` (${ready.message})` : '';
  const end = new Date(String(status.notAfter));
  if (Number.isNaN(end.getTime())) return failure(`${name} has not been issued${why}`, look);
  const days = Math.floor((end.getTime() - now.getTime()) / DAY);
  const day = end.toISOString().slice(0, 10);
  if (days < 0) return failure(`${name} ended on ${day}`, look);
  if (ready?.status !== 'True') return failure(`${name} is not ready${why}; it ends on ${day}`, look);
  if (days < URGENT) return failure(`${name} ends in ${days} days, on ${day}`, look);
  if (days < RENEWED_BY - 1) return warning(`${name} ends in ${days} days, on ${day}, and should have been renewed ${RENEWED_BY} days before`, look);
  return ok(`${name} ends in ${days} days`);
}

/** An error as the API server itself reports it: `metav1.Status`. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly details?: { readonly name?: string; readonly kind?: string; readonly group?: string; readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field: string }[] };
  readonly code: number;
}

function failure(code: number, reason: string, message: string, details?: Status['details']): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details && { details }), code };
}

export function unauthorized(): Status {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

/** What a request was about, as far as the words of a refusal need it. */
export interface ForbiddenRequest {
  readonly user: string;
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
}

/** 403 in the words of Kubernetes; `reason` is what the RBAC authorizer could not resolve, if anything. */
export function forbidden(request: ForbiddenRequest, reason?: string): Status {
  const { user, verb, apiGroup, resource, subresource, name, namespace } = request;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const subject = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const words =
    `${subject} ${name === '' ? '' : `${JSON.stringify(name)} `}is forbidden: User ${JSON.stringify(user)} cannot ${verb} ` +
    `resource ${JSON.stringify(full)} in API group ${JSON.stringify(apiGroup)} ${scope}`;
  return failure(403, 'Forbidden', reason === undefined ? words : `${words}: ${reason}`, {
    ...(name !== '' && { name }),
    ...(apiGroup !== '' && { group: apiGroup }),
    kind: resource,
  });
}

/** 403 for a path that is no resource, or none that this stand-in serves. */
export function forbiddenPath(user: string, verb: string, path: string): Status {
  const message = `forbidden: User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(path)}`;
  return failure(403, 'Forbidden', message, {});
}

/** @param qualified with its group, as the words have it: `deployments.apps`. */
export function notFound(qualified: string, name: string, { resource, apiGroup } = { resource: qualified, apiGroup: '' }): Status {
  return failure(404, 'NotFound', `${qualified} ${JSON.stringify(name)} not found`, { name, ...(apiGroup !== '' && { group: apiGroup }), kind: resource });
}

/** 422 for one field of an object without a name. */
export function invalid(kind: string, group: string, field: string, value: unknown, words: string): Status {
  const message = `Invalid value: ${JSON.stringify(value)}: ${words}`;
  return failure(422, 'Invalid', `${kind}.${group} "" is invalid: ${field}: ${message}`, { group, kind, causes: [{ reason: 'FieldValueInvalid', message, field }] });
}

/** 409: the object is another one than the patch was made for. @param qualified `deployments.apps "gloo"` */
export function conflict(qualified: string, words = 'the object has been modified; please apply your changes to the latest version and try again'): Status {
  const [kind = '', name = ''] = qualified.replaceAll('"', '').split(' ');
  const [resource = '', ...group] = kind.split('.');
  const message = `Operation cannot be fulfilled on ${qualified}: ${words}`;
  return failure(409, 'Conflict', message, { name, ...(group.length > 0 && { group: group.join('.') }), kind: resource });
}

/** 409: an apply without force changes a field that another manager set. */
export function applyConflict(manager: string, field: string): Status {
  const message = `conflict with ${JSON.stringify(manager)}`;
  return failure(409, 'Conflict', `Apply failed with 1 conflict: ${message}: ${field}`, { causes: [{ reason: 'FieldManagerConflict', message, field }] });
}

/** 422: a CustomResourceDefinition without a version in which objects may be stored. @param index of the version in `status.storedVersions` */
export function storedVersionMissing(name: string, index: number, version: string): Status {
  const [kind, group, field] = ['CustomResourceDefinition', 'apiextensions.k8s.io', `status.storedVersions[${index}]`];
  const message = `Invalid value: ${JSON.stringify(version)}: missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
  return failure(422, 'Invalid', `${kind}.${group} ${JSON.stringify(name)} is invalid: ${field}: ${message}`, { name, group, kind, causes: [{ reason: 'FieldValueInvalid', message, field }] });
}

export function unsupportedMediaType(): Status {
  return failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

export function badRequest(message: string): Status {
  return failure(400, 'BadRequest', message);
}

export function internalError(message: string): Status {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`);
}

export function methodNotAllowed(): Status {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function serviceUnavailable(message: string): Status {
  return failure(503, 'ServiceUnavailable', message);
}

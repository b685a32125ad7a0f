import { signedPost, type AwsApi, type AwsCredentials } from './aws';
import type { Http, HttpAnswer } from './http';

/**
 * Asks an API of AWS's query protocol: parameters as a form, an answer in XML ({@link element} reads it).
 * @param parameters with `Action` and `Version`.
 * @returns the answer with any status.
 * @throws NoAnswer
 */
export function askByQuery(http: Http, credentials: AwsCredentials, api: AwsApi, parameters: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  return post(http, credentials, api, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, new URLSearchParams(parameters).toString());
}

/**
 * Asks an API of AWS's JSON protocol, version 1.1.
 * @param target `TrentService.DescribeKey`
 * @returns the answer with any status.
 * @throws NoAnswer
 */
export function askByJson(http: Http, credentials: AwsCredentials, api: AwsApi, target: string, input: object): Promise<HttpAnswer> {
  return post(http, credentials, api, { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }, JSON.stringify(input));
}

async function post(http: Http, credentials: AwsCredentials, api: AwsApi, headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer> {
  return http.send({ method: 'POST', url: api.url.href, headers: await signedPost(credentials, api, headers, body), body });
}

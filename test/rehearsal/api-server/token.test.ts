import { decodeToken } from '../../../rehearsal/api-server/token';

const URL_TEXT = 'https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=abc';
const token = (text: string) => `k8s-aws-v1.${Buffer.from(text).toString('base64url')}`;

test('gives the URL of an EKS token', () => {
  expect(decodeToken(`Bearer ${token(URL_TEXT)}`)).toEqual({ url: URL_TEXT });
  expect(decodeToken(`bearer ${token(URL_TEXT)}`)).toEqual({ url: URL_TEXT });
});

test.each([
  ['there is no bearer token', undefined],
  ['there is no bearer token', ''],
  ['there is no bearer token', 'Bearer '],
  ['there is no bearer token', `Basic ${token(URL_TEXT)}`],
  ['the token does not start with "k8s-aws-v1."', 'Bearer eyJhbGciOi'],
  ['what follows "k8s-aws-v1." is not base64url without padding', `Bearer ${token(`${URL_TEXT}1`)}==`],
  ['what follows "k8s-aws-v1." is not base64url without padding', 'Bearer k8s-aws-v1.a+b/'],
  ['what the token encodes is no URL', `Bearer ${token('no url')}`],
  ['the token has 5000 characters, at most 4096 are allowed', `Bearer k8s-aws-v1.${'a'.repeat(4989)}`],
])('%s', (refusal, authorization) => {
  expect(decodeToken(authorization)).toEqual({ refusal });
});

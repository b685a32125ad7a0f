import { Http } from '../../../lib/vault/client/http';
import { getRole, roleUniqueId } from '../../../lib/vault/client/iam';
import { verifySignature } from '../../../rehearsal/aws/signature';
import { listening } from './listening';

const credentials = { accessKeyId: 'ASIAEXAMPLEKEY123456', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'FwoGZXIvYXdzEHQ/abc+def==' };
const session = { ...credentials, expiration: new Date(Date.now() + 3_600_000) };

describe("a role's unique id", () => {
  let http: Http;
  beforeEach(() => (http = new Http(undefined, 5000)));
  afterEach(() => http.close());
  const arn = 'arn:aws:iam::111122223333:role/team/dev-role';
  const ask = async (status: number, answer: string, seen: (body: string, headers: Record<string, string>) => Promise<void> = () => Promise.resolve()) => {
    const url = await listening((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => void seen(body, request.headers as Record<string, string>).then(() => response.writeHead(status).end(answer)));
    });
    return roleUniqueId(http, credentials, arn, { AWS_ENDPOINT_URL_IAM: url });
  };
  const error = (code: string) => `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>words</Message></Error></ErrorResponse>`;

  test('is asked of IAM by a signed GetRole', async () => {
    let signer: Promise<unknown> | undefined;
    const id = await ask(200, '<GetRoleResponse><GetRoleResult><Role><Path>/team/</Path><RoleId>AROAEXAMPLE</RoleId></Role></GetRoleResult></GetRoleResponse>', (body, headers) => {
      expect(body).toBe('Action=GetRole&RoleName=dev-role&Version=2010-05-08');
      signer = verifySignature({ method: 'POST', host: headers.host ?? '', path: '/', query: new URLSearchParams(), headers, body }, { service: 'iam', region: 'us-east-1', now: new Date(), findCredentials: () => session });
      return Promise.resolve();
    });
    expect(id).toBe('AROAEXAMPLE');
    expect(await signer).toBe(session);
  });

  test('comes with its trust policy', async () => {
    const policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.example' } }] });
    const send = jest.spyOn(http, 'send').mockResolvedValue({ status: 200, contentType: 'text/xml', body: `<RoleId>AROA1</RoleId><AssumeRolePolicyDocument>${encodeURIComponent(policy)}</AssumeRolePolicyDocument>` });
    expect(await getRole(http, credentials, arn, {})).toEqual({ id: 'AROA1', trustPolicy: policy });
    send.mockRestore();
  });

  test.each([
    [404, error('NoSuchEntity'), 'settling', 'iam:GetRole of dev-role was answered with NoSuchEntity: the role does not exist. The Identity stack makes it; deploy it, then this stack again.'],
    [
      403,
      error('AccessDenied'),
      'settling',
      "iam:GetRole of dev-role was answered with AccessDenied: the function's execution role may not read it. Its policy, in the function's stack, names this role; check that nothing (a permission boundary, an SCP) takes it away.",
    ],
    [400, error('Throttling'), 'passing', 'iam:GetRole of dev-role was answered with Throttling.'],
    [503, '<html>', 'passing', 'iam:GetRole of dev-role was answered with HTTP 503.'],
    [200, '<html>', 'passing', 'iam:GetRole of dev-role was answered with HTTP 200.'],
  ])('is not told: %i %s', async (status, answer, awaiting, message) => {
    await expect(ask(status, answer)).rejects.toMatchObject({ name: 'Setback', awaiting, message });
  });

  test('has no answer', async () => {
    await expect(roleUniqueId(http, credentials, arn, { AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      awaiting: 'passing',
      message: 'iam:GetRole of dev-role had no answer from 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. If the function runs in a VPC, its subnets need a way to IAM (NAT or an endpoint).',
    });
  });

  test.each(['arn:aws:iam::111122223333:user/me', 'arn:aws-iso:iam::111122223333:role/x', 'arn:'])('of what is no role: %s', async (other) => {
    await expect(roleUniqueId(http, credentials, other, {})).rejects.toThrow(`"${other}" is no IAM role of the partitions aws, aws-cn, aws-us-gov.`);
  });

  test.each([
    ['aws', 'https://iam.amazonaws.com/', 'us-east-1'],
    ['aws-cn', 'https://iam.cn-north-1.amazonaws.com.cn/', 'cn-north-1'],
    ['aws-us-gov', 'https://iam.us-gov.amazonaws.com/', 'us-gov-west-1'],
  ])('of the partition %s is asked at %s', async (partition, url, region) => {
    const send = jest.spyOn(http, 'send').mockResolvedValue({ status: 200, contentType: 'text/xml', body: '<RoleId>AROA1</RoleId>' });
    await roleUniqueId(http, credentials, `arn:${partition}:iam::111122223333:role/x`, {});
    expect(send).toHaveBeenCalledWith(expect.objectContaining({ url }));
    expect(send.mock.calls[0]?.[0].headers.authorization).toContain(`/${region}/iam/aws4_request`);
  });
});

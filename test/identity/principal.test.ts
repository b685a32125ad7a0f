import { withoutPath } from '../../lib/identity/principal';

test.each([
  ['arn:aws:iam::111122223333:role/Admin', 'arn:aws:iam::111122223333:role/Admin'],
  ['arn:aws:iam::111122223333:role/teams/platform/Admin', 'arn:aws:iam::111122223333:role/Admin'],
  ['arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef', 'arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef'],
  ['arn:aws-us-gov:iam::111122223333:user/people/me@example.org', 'arn:aws-us-gov:iam::111122223333:user/me@example.org'],
])('%s is %s', (arn, bare) => expect(withoutPath(arn)).toBe(bare));

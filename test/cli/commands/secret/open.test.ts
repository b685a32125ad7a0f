import * as access from '../../../../cli/access';
import { openSecrets } from '../../../../cli/commands/secret/open';
import { parseEnvironments } from '../../../../lib/environment/parse';
import { Mask } from '../../../../lib/vault/client/errors';
import { guest, sharing } from '../../../environment/sharing';
import { capturedIo } from '../../captured-io';

jest.mock('../../../../cli/access');

test.each([
  ['prod', undefined, { mountPath: 'prod', namespace: 'gloo-system' }],
  ['a guest, by the way into the owner’s cluster', 'payments', { mountPath: 'payments', namespace: 'gateway' }],
])('opens the mount of %s', async (_, name, opened) => {
  const [environment] = parseEnvironments({ ...sharing(), payments: { ...guest('payments', '10.1.0.0/16'), gloo: { namespace: 'gateway' } } });
  const found = environment?.guests.find((each) => each.name === name);
  jest.mocked(access.withAccess).mockImplementation((_io, _mask, _options, work) => work({ environment, ...(found ? { guest: found } : {}), vault: {}, logIn: () => Promise.resolve({ token: 'a-token' }) } as unknown as access.Access));
  const seen = await openSecrets(capturedIo(), new Mask(), {}, ({ mountPath, namespace }) => Promise.resolve({ mountPath, namespace }));
  expect(seen).toEqual(opened);
});

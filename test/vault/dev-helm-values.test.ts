import { devHelmValues } from '../../lib/vault/dev-helm-values';

test('values of the chart hashicorp/vault in dev mode', () => {
  expect(devHelmValues()).toMatchInlineSnapshot(`
{
  "injector": {
    "enabled": false,
  },
  "server": {
    "authDelegator": {
      "enabled": false,
    },
    "dev": {
      "devRootToken": "root",
      "enabled": true,
    },
    "serviceAccount": {
      "create": false,
      "name": "vault",
    },
  },
}
`);
});

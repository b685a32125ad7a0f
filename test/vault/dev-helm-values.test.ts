import { devHelmValues } from '../../lib/vault/dev-helm-values';

test('values of the chart hashicorp/vault in dev mode', () => {
  expect(devHelmValues({ repository: 'hashicorp/vault', tag: '2.0.4' })).toMatchInlineSnapshot(`
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
    "image": {
      "repository": "hashicorp/vault",
      "tag": "2.0.4",
    },
    "serviceAccount": {
      "create": false,
      "name": "vault",
    },
  },
}
`);
});

test('the chart names its own image where none is given', () => {
  expect(devHelmValues(undefined).server).not.toHaveProperty('image');
});

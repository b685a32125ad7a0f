import type { Run, Reach } from '../../client/attempts';
import { Secret } from '../../client/secrets-manager';
import type { VaultConfigurationProperties } from '../properties';
import { lostKeys } from './initialise';
import { KeyStore } from './key-store';

/** Vault's first root token: used until the function has a way in of its own, then revoked. */
export interface RootToken {
  /** For messages and the log: "the dev root token". */
  readonly name: string;
  /** The token, while there is one to be had. */
  read(): Promise<string | undefined>;
  /** Called when it is revoked: takes it out of where it was kept. */
  drop(): Promise<void>;
  /** What is to be done where neither it nor the login lets anybody in. */
  mend(): Promise<string>;
}

/** The chart's literal `server.dev.devRootToken`: known to everyone. */
export const DEV_ROOT_TOKEN = 'root';

/** The secret that an initialisation fills. */
export function keyStore(run: Run, { aws }: Pick<Reach, 'aws'>, secretArn: string): KeyStore {
  return new KeyStore(new Secret(aws, run.aws, run.mask, secretArn, run.env), run.mask);
}

/** Where the first root token is: in dev mode the chart's literal, else in the secret. */
export function rootTokenOf(run: Run, reach: Reach, { vault, initialisation, provisioner }: VaultConfigurationProperties): RootToken {
  const bound = `Its role in Vault is bound to ${provisioner.principalArn}; if somebody changed or removed it, write it again with a root token`;
  if (!initialisation) {
    return {
      name: 'the dev root token',
      read: () => Promise.resolve(DEV_ROOT_TOKEN),
      drop: () => Promise.resolve(),
      mend: () => Promise.resolve(`${bound}, or let a dev-mode Vault start anew: kubectl delete pod -n ${vault.namespace} vault-0 (its secrets are lost).`),
    };
  }
  const keys = keyStore(run, reach, initialisation.secretArn);
  return {
    name: 'the root token in the secret',
    read: () => keys.rootToken(),
    drop: () => keys.dropRootToken(),
    mend: async () => {
      const state = await keys.state();
      const said = lostKeys(state, initialisation.secretArn, vault.namespace);
      return state === 'initialised' ? `${bound}. ${said}.` : `${said}.`;
    },
  };
}

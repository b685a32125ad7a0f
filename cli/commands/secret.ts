import type { Command } from 'commander';
import type { Mask } from '../../lib/vault/client/errors';
import type { Io } from '../io';
import { addDelete } from './secret/delete';
import { addGet } from './secret/get';
import { addLint } from './secret/lint';
import { addList } from './secret/list';
import { openSecrets, type OpenSecrets } from './secret/open';
import { addPut } from './secret/put';

export function register(program: Command, io: Io, mask: Mask): void {
  addSecretCommands(program, io, mask, openSecrets);
}

/** @param open how the commands come to the secrets. */
export function addSecretCommands(program: Command, io: Io, mask: Mask, open: OpenSecrets): void {
  const secret = program
    .command('secret')
    .description("Gloo's secrets in Vault, in the form that Gloo reads. One that is malformed fails Gloo's whole list, so none is written. Values are read from files, standard input or a prompt, and shown where you ask for it.");
  const context = { io, mask, open };
  addPut(secret, context);
  addGet(secret, context);
  addList(secret, context);
  addLint(secret, context);
  addDelete(secret, context);
}

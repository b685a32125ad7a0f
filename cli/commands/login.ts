import type { Command } from 'commander';
import type { Mask } from '../../lib/vault/client/errors';
import { say, type Io } from '../io';
import type { GlobalOptions } from '../options';

export function register(program: Command, io: Io, mask: Mask): void {
  program
    .command('login')
    .description("Logs in to Vault with your AWS identity, which vault.operators has to name, and prints the token: half an hour's, for Gloo's secrets, and to read what doctor looks at (configuration, audit devices, accessors of tokens).")
    .addHelpText(
      'after',
      `
Needs a kubeconfig whose user may get, update and delete services/proxy in Vault's namespace (cluster-admin may).
The token alone goes to stdout. It is yours to revoke; the other commands log in and revoke by themselves.

Examples:
  VAULT_TOKEN=$(npx gloo-vault login -e prod)     the token, never on the screen
  npx gloo-vault login -e prod --json | jq .ttl   with accessor, policies, seconds and end`,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { withAccess } = await import('../access');
      await withAccess(io, mask, options, async (access) => {
        const session = await access.logIn();
        const { token, accessor, policies, ttl, endsAt, arn } = session;
        session.keep();
        say(io, `Logged in to Vault of "${access.environment.name}" as ${arn}, until ${endsAt.toISOString()}.`);
        if (io.stdout.isTTY) say(io, "This is the token, on your screen: who has it is you until then. VAULT_TOKEN=$(…) keeps it off; `vault token revoke -self` ends it.");
        io.stdout.write(options.json ? `${JSON.stringify({ token, accessor, policies, ttl, endsAt: endsAt.toISOString() }, undefined, 2)}\n` : `${token}\n`);
      });
    });
}

import { MANY } from '../../bench/listing';
import { describeWithVault } from '../rehearsal/vault/available';
import { listMany } from './listed-vault';

describeWithVault('a Vault with as many secrets as the bench has', (command) => {
  test('gives Gloo each once, in as many requests as its pattern says', async () => {
    const { names, asked } = await listMany(command(), MANY, ['gloo-system']);
    expect([names.length, new Set(names).size, asked.length]).toEqual([MANY, MANY, 2 + MANY]);
    process.stderr.write(`${names.length} secrets listed by Gloo's pattern: ${asked.length} requests in Vault's audit log\n`);
  }, 300_000);
});

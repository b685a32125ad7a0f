import { hostility, summary } from '../../../rehearsal/hostility/hostility';
import { describeWithVault } from '../vault/available';

const RUNS = 60;

describeWithVault('runs of the function to which everything happens', (command) => {
  test(`end configured or in one clear error, and a second one mends all that they left, ${RUNS} times`, async () => {
    const tally = await hostility({ vault: command(), runs: RUNS, seed: 1, vaults: 4 });
    process.stdout.write(`${summary(tally)}\n`);
    expect(tally.failures.join('\n\n')).toBe('');
    expect(tally.runs).toBe(RUNS);
    // Faults that let everything through, or nothing, would show little.
    expect([tally.ended > RUNS / 4, tally.refused > RUNS / 10]).toEqual([true, true]);
    expect(Object.keys(tally.faults).sort()).toEqual(['cut', 'delay', 'drop', 'garbage', 'hang', 'late', 'lose', 'shorten', 'twice']);
  }, 360_000);
});

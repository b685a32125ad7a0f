import { hostileSnapshots } from '../../../rehearsal/hostility/hostility';
import { summary } from '../../../rehearsal/hostility/tally';
import { describeWithVault } from '../vault/available';

const RUNS = 160;

describeWithVault('snapshots to which everything happens', (command) => {
  test(`are stored whole or not at all, and the next one is, ${RUNS} times`, async () => {
    const started = performance.now();
    const tally = await hostileSnapshots({ vault: command(), runs: RUNS, seed: 1, vaults: 3 });
    process.stdout.write(`${summary(tally, (performance.now() - started) / 1000)}\n`);
    expect(tally.failures.join('\n\n')).toBe('');
    // Faults that let everything through, or nothing, would show little.
    expect([tally.runs, tally.ended > RUNS / 4, tally.refused > RUNS / 20]).toEqual([RUNS, true, true]);
    expect(Object.keys(tally.faults).sort()).toEqual(['break', 'change', 'cut', 'delay', 'drop', 'garbage', 'hang', 'late', 'lose', 'shorten', 'stall', 'twice']);
  }, 600_000);
});

import { hostileInitialisations } from '../../../rehearsal/hostility/hostility';
import { inProcesses } from '../../../rehearsal/hostility/processes';
import { summary } from '../../../rehearsal/hostility/tally';
import { describeWithVault } from '../vault/available';

const RUNS = 2000;
const INITIALISATIONS = 24;

describeWithVault('runs of the function to which everything happens', (command) => {
  test(`end configured or in one clear error, and a second one mends all that they left, ${RUNS} times`, async () => {
    const started = performance.now();
    const tally = await inProcesses({ runs: RUNS, seed: 1, vaults: 3, processes: 2 });
    process.stdout.write(`${summary(tally, (performance.now() - started) / 1000)}\n`);
    expect(tally.failures.join('\n\n')).toBe('');
    expect(tally.runs).toBe(RUNS);
    // Faults that let everything through, or nothing, would show little.
    expect([tally.ended > RUNS / 4, tally.refused > RUNS / 10]).toEqual([true, true]);
    expect(Object.keys(tally.faults).sort()).toEqual(['cut', 'delay', 'drop', 'garbage', 'hang', 'late', 'lose', 'shorten', 'twice']);
  }, 1_200_000);

  test(`initialise Vault with replicas, or say that its keys are lost where they were lost on their way, ${INITIALISATIONS} times`, async () => {
    const started = performance.now();
    const tally = await hostileInitialisations({ vault: command(), runs: INITIALISATIONS, seed: 1, vaults: 4 });
    process.stdout.write(`${summary(tally, (performance.now() - started) / 1000)}\n`);
    expect(tally.failures.join('\n\n')).toBe('');
    expect([tally.runs, tally.ended > INITIALISATIONS / 6, tally.refused > 0]).toEqual([INITIALISATIONS, true, true]);
  }, 600_000);
});

import { describeRehearsed } from './rehearsed-vault';
import { interruptions } from './scenarios/interruption';
import { refusals } from './scenarios/refusal';

describeRehearsed('the configuration of a real Vault that does not go as it should', (vault) => {
  describe('a run that something comes between', () => interruptions(vault));
  describe('what a run meets', () => refusals(vault));
});

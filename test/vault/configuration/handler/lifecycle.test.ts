import { describeRehearsed } from './rehearsed-vault';
import { deletions } from './scenarios/deletion';
import { guestClusters } from './scenarios/guests';
import { invocations } from './scenarios/invocation';
import { operators } from './scenarios/operators';
import { updates } from './scenarios/update';

describeRehearsed('the configuration of a real Vault', (vault) => {
  describe('an Update', () => updates(vault));
  describe('operators', () => operators(vault));
  describe('guests', () => guestClusters(vault));
  describe('a Delete', () => deletions(vault));
  describe('the bundled function, in a process of its own', () => invocations(vault));
});

import { describeRehearsed } from './rehearsed-vault';
import { drifts } from './scenarios/drift';

describeRehearsed('the schedule of a real Vault', (vault) => drifts(vault));

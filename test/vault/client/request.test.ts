import { requestOf } from '../../../lib/vault/client/request';

test('a request is one of those that the function knows', () => {
  expect(requestOf({ RequestType: 'Delete' }, ['Create', 'Delete'])).toBe('Delete');
});

test.each([null, undefined, 7, 'Create', [], {}, { RequestType: 'Update' }, { RequestType: ['Create'] }, { RequestType: 'toString' }])('%j is none, and not taken for one', (event) => {
  expect(() => requestOf(event, ['Create', 'Delete'])).toThrow("The event's RequestType is none of Create, Delete: this function answers the resource, and the rules, of its own stack.");
});

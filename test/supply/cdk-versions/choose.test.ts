import { ends } from '../../../supply/cdk-versions/choose';

const published = ['2.9.0', '2.269.0', '2.270.0', '2.276.0', '2.277.0-rc.0', '3.0.0'];

test('the lowest that the range names, and the latest that it admits', () => {
  expect(ends('^2.270.0', published, '2.276.0')).toEqual([
    { version: '2.270.0', which: 'lowest', installed: false },
    { version: '2.276.0', which: 'latest', installed: true },
  ]);
});

test.each([
  ['^2.271.0', 'aws-cdk-lib ^2.271.0: 2.271.0 was never published; correct the range in package.json.'],
  ['^4.0.0', 'aws-cdk-lib ^4.0.0: no published version is in this range; correct the range in package.json.'],
])('%s', (range, message) => {
  expect(() => ends(range, published, '2.276.0')).toThrow(message);
});

import { LONGEST_COMMENT, MARKER, renderMarkdown } from '../../review/markdown';
import { code, fenced, tableRow } from '../../review/markdown-text';
import type { Change, Grant, Review, StackReview } from '../../review/model';
import { fc } from '../property';

const change = (settings: Partial<Change> = {}): Change => ({ stack: 'prod-Vault', logicalId: 'A', path: 'prod/Vault/A', type: 'AWS::Logs::LogGroup', impact: 'update', topic: 'rest', warnings: [], differences: [{ path: 'RetentionInDays', before: '30', after: '90' }], ...settings });
const grant = (settings: Partial<Grant> = {}): Grant => ({ stack: 'prod-Vault', sign: '+', effect: 'Allow', actions: ['iam:GetRole'], resources: ['*'], principals: ['AWS:role'], warnings: [], ...settings });
const stack = (settings: Partial<StackReview> = {}): StackReview => ({ name: 'prod-Vault', state: 'changed', warnings: [], changes: [], grants: [], rules: [], ...settings });
const review = (...stacks: readonly StackReview[]): Review => ({ environments: [{ name: 'prod', account: '111122223333', region: 'us-east-1', stacks }] });

const all = stack({
  changes: [
    change(),
    change({ path: 'prod/Vault/NetworkPolicy', topic: 'network', differences: [] }),
    change({ path: 'prod/Vault/Role', topic: 'access', differences: [] }),
    change({ path: 'prod/Gloo/LoginProof', type: 'Custom::GlooLoginProof', impact: 'replace', differences: [] }),
    change({ path: 'prod/Vault/Replaced', type: 'AWS::EC2::Volume', impact: 'replace', differences: [] }),
    change({ path: 'prod/Vault/SealKey', type: 'AWS::KMS::Key', impact: 'remove', warnings: ['nothing can be read'], differences: [] }),
  ],
  grants: [grant({ warnings: ['`*` as its resource'] }), grant({ sign: '-' })],
  rules: [{ stack: 'prod-Vault', sign: '+', group: 'sg', direction: 'in', protocol: 'TCP 443', peer: '10.0.0.0/8', warnings: [] }],
});

test('what is lost stands first, then what is replaced, then IAM, then the network, the rest folded', () => {
  expect(renderMarkdown(review(all))).toMatchInlineSnapshot(`
"<!-- gloo-vault-diff -->
## What this changes

| Environment | Stacks | Replaced, removed, to be looked at | IAM and access | Network | Rest |
| --- | --- | --- | --- | --- | --- |
| \`prod\` (\`111122223333\`, \`us-east-1\`) | 1 changed of 1 | **3** | 3 | 2 | 1 |

### Replaced, removed, or to be looked at

- ⛔ \`prod/Vault/SealKey\` (\`AWS::KMS::Key\`, \`prod-Vault\`) **is removed**: nothing can be read

- ⚠️ \`prod/Vault/Replaced\` (\`AWS::EC2::Volume\`, \`prod-Vault\`) **is replaced**

- \`prod/Gloo/LoginProof\` (\`Custom::GlooLoginProof\`, \`prod-Vault\`) **is replaced**, as it is by design

### IAM and access

|  | Stack | Effect | Actions | Resources | Principals | Condition |
| --- | --- | --- | --- | --- | --- | --- |
| + ⛔ \`*\` as its resource | \`prod-Vault\` | Allow | \`iam:GetRole\` | \`*\` | \`AWS:role\` |  |
| - | \`prod-Vault\` | Allow | \`iam:GetRole\` | \`*\` | \`AWS:role\` |  |

- \`prod/Vault/Role\` (\`AWS::Logs::LogGroup\`, \`prod-Vault\`) changes

### Security groups and network

|  | Stack | Security group | Direction | Protocol | Peer |
| --- | --- | --- | --- | --- | --- |
| + | \`prod-Vault\` | \`sg\` | in | TCP 443 | \`10.0.0.0/8\` |

- \`prod/Vault/NetworkPolicy\` (\`AWS::Logs::LogGroup\`, \`prod-Vault\`) changes

<details>
<summary>prod-Vault: 1 more</summary>

- \`prod/Vault/A\` (\`AWS::Logs::LogGroup\`, \`prod-Vault\`) changes

  \`\`\`diff
    RetentionInDays
  - 30
  + 90
  \`\`\`

</details>
"
`);
});

test('where nothing changes, it says so; what was not compared says why', () => {
  expect(renderMarkdown(review(stack({ state: 'unchanged' })))).toContain('| unchanged | 0 | 0 | 0 | 0 |');
  expect(renderMarkdown(review(stack({ state: 'not compared', problem: 'AccessDenied' })))).toContain('### Not compared\n\n- `prod-Vault`: `AccessDenied`\n');
});

test('a removal is by design only of what is made anew beside it', () => {
  const proof = (settings: Partial<Change>) => change({ path: 'prod/Gloo/Proof', type: 'Custom::GlooLoginProof', differences: [], ...settings });
  expect(renderMarkdown(review(stack({ changes: [proof({ impact: 'remove' }), proof({ impact: 'create' })] })))).toContain('**is removed**, as it is by design');
  expect(renderMarkdown(review(stack({ changes: [proof({ impact: 'remove' })] })))).toContain('- ⚠️ `prod/Gloo/Proof` (`Custom::GlooLoginProof`, `prod-Vault`) **is removed**\n');
  expect(renderMarkdown(review(stack({ changes: [change({ type: 'AWS::EKS::AccessEntry', impact: 'remove', differences: [] })] })))).not.toContain('by design');
});

test('of a new stack, what is to be looked at stands before the fold', () => {
  const text = renderMarkdown(review(stack({ state: 'new', changes: [change({ impact: 'create' }), change({ path: 'prod/Vault/Binding', impact: 'create', warnings: ['it gives cluster-admin'], differences: [] })] })));
  expect(text.indexOf('⛔ `prod/Vault/Binding`')).toBeLessThan(text.indexOf('<details>'));
  expect(text).toContain('| 1 new of 1 | **1** | 0 | 0 | 0 |');
});

test('a comment that is too long is cut behind what matters most, with a word and a link', () => {
  const many = stack({ changes: [...Array.from({ length: 3000 }, (_, index) => change({ path: `prod/Vault/${index}`, topic: 'network' })), change({ path: 'prod/Vault/SealKey', impact: 'remove', warnings: ['lost'] })] });
  const text = renderMarkdown(review(many), { limit: LONGEST_COMMENT, link: 'https://github.com/acme/gateway/actions/runs/1' });
  expect(text.length).toBeLessThanOrEqual(LONGEST_COMMENT);
  expect(text.length).toBeGreaterThan(LONGEST_COMMENT - 1000);
  expect(text).toContain('- ⛔ `prod/Vault/SealKey`');
  expect(text).toMatch(/\*\*Cut here\*\*: \d+ more parts do not fit into a comment\. All of it: https:\/\/github\.com\/acme\/gateway\/actions\/runs\/1\n$/);
  expect(renderMarkdown(review(many))).not.toContain('Cut here');
});

test('values of templates can neither end their code nor mention anybody, and every text fits', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 }).map((each) => `${each}\`\`\`\n@everyone|</details><img src=x>`);
  fc.assert(
    fc.property(fc.array(fc.record({ path: text, type: text, value: text }), { maxLength: 30 }), fc.integer({ min: 1000, max: 5000 }), (values, limit) => {
      const changes = values.map(({ path, type, value }) => change({ path, type, differences: [{ path: value, before: value, after: value }], topic: 'network' }));
      const rendered = renderMarkdown(review(stack({ changes, grants: values.map(({ value }) => grant({ actions: [value], condition: value })) })), { limit });
      expect(rendered.length).toBeLessThanOrEqual(limit);
      expect(rendered.startsWith(MARKER)).toBe(true);
      // Outside of code nothing of a value is left.
      expect(withoutCode(rendered)).not.toMatch(/@everyone|<img|<\/details>/);
    }),
    { numRuns: 200 },
  );
});

/** As CommonMark reads it: fenced blocks first, then spans between equal runs of backticks. */
function withoutCode(markdown: string): string {
  const blocks = markdown.replace(/^ *(`{3,})diff\n(?:.*\n)*? *\1$/gm, '');
  return blocks.replace(/(?<!`)(`+)(?!`)(?:[^\n]*?[^`\n])??\1(?!`)/g, '');
}

test('code, blocks of it, and rows', () => {
  expect(code('a')).toBe('`a`');
  expect(code('`a``b')).toBe('``` `a``b ```');
  expect(code('a\nb')).toBe('`a b`');
  expect(fenced('diff', ['````', 'a\nb'])).toEqual(['`````diff', '````', 'a b', '`````']);
  expect(tableRow(['a|b', 'c\nd'])).toBe('| a\\|b | c d |');
});

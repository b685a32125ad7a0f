import { nameFault, namespaceFault } from '../../../cli/gloo-secret/key';

test.each(['a', 'shop-tls', 'shop.example.com', '0', 'a'.repeat(253)])('%s is a name', (name) => expect(nameFault(name)).toBeUndefined());
test.each(['', 'A', 'a_b', '-a', 'a-', 'a..b', 'a/b', '..', 'a'.repeat(254)])('%j is no name', (name) => {
  expect(nameFault(name)).toBe('must be at most 253 lower-case letters, digits, - and ., beginning and ending with a letter or digit (a DNS-1123 subdomain)');
});
test.each(['gloo-system', 'a'.repeat(63)])('%s is a namespace', (namespace) => expect(namespaceFault(namespace)).toBeUndefined());
test.each(['', 'a.b', 'a/b', 'A', 'a'.repeat(64)])('%j is no namespace', (namespace) => {
  expect(namespaceFault(namespace)).toBe('must be at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit (a DNS-1123 label)');
});

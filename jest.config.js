// ESM-only packages that tests reach have to be compiled for jest, which loads CommonJS.
const esm = ['p-retry', 'is-network-error', 'jose', '@kubernetes/client-node', 'openid-client', 'oauth4webapi'];

module.exports = {
  testEnvironment: 'node',
  // Of a hang, not of speed: machines are noisy.
  testTimeout: 30_000,
  // jest leaves a core free by default: of two, that is half.
  maxWorkers: '100%',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Those that start many Vaults take a minute: npm run test:slow. Those with a real API server: npm run test:control-plane.
  // Those in a browser: npm run test:browser.
  testPathIgnorePatterns: ['/node_modules/', '[.](slow|control-plane|browser)[.]test[.]ts$'],
  transform: {
    '^.+\\.[mc]?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esm.join('|')})/)`],
};

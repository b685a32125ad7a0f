#!/usr/bin/env node
const { resolve } = require('node:path');

// As the other commands of bin/ are run, from whatever directory this one is called.
require('ts-node').register({ cwd: resolve(__dirname, '..') });
const { processIo } = require('../cli/io');
const { run } = require('../cli/main');

run(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
});

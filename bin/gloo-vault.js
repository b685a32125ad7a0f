#!/usr/bin/env node
const { resolve } = require('node:path');

// As the other commands of bin/ are run, from whatever directory this one is called.
require('ts-node').register({ cwd: resolve(__dirname, '..') });
// AWS's clients say at every run that they will want a later Node: this package says which it wants.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const { processIo } = require('../cli/io');
const { run } = require('../cli/main');

const io = processIo();
run(process.argv.slice(2), io).then((exitCode) => {
  process.exitCode = exitCode;
  // What was interrupted may hang: a kubeconfig's command, say, that waits for a browser.
  if (io.interrupted.aborted) process.exit();
});

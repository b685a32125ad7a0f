// Loaded before everything else (`node --require`): says which part of a synth used how much of this process's CPU.
// A part's time is its own, without that of the parts it calls. Written to $SYNTH_PROBE as JSON, part to seconds.
const { writeFileSync } = require('node:fs');
const Module = require('node:module');
const { sep } = require('node:path');
const { isMainThread } = require('node:worker_threads');

const file = process.env.SYNTH_PROBE;
delete process.env.SYNTH_PROBE; // A child of this process is not to overwrite it.

const seconds = { 'Node itself, until the first module': cpu() };
const parts = ['before and after the program'];
let since = cpu();

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function charge() {
  const now = cpu();
  const part = parts[parts.length - 1];
  seconds[part] = (seconds[part] ?? 0) + now - since;
  since = now;
}

function timed(part, action) {
  charge();
  parts.push(part);
  try {
    return action();
  } finally {
    charge();
    parts.pop();
  }
}

/** The program that the loader is asked to run. */
let main;

const loaders = /^(ts-node|typescript|@swc\/|@tsconfig\/|@cspotcode\/|@jridgewell\/|yn$|arg$|make-error$|create-require$|v8-compile-cache-lib$|diff$|acorn)/;

function partOf(filename) {
  const below = filename.split(`${sep}node_modules${sep}`).slice(1).pop();
  if (below === undefined) return filename === main ? 'making constructs, checking settings' : 'loading the modules of the app itself';
  const [first, second] = below.split(sep);
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  return loaders.test(name) ? 'loading the loader (ts-node, typescript, swc)' : `loading ${name}`;
}

// A worker thread (esbuild's) loads this file too; its CPU is part of this process's all the same.
if (isMainThread && file) watch();

function watch() {
  const { load } = Module.prototype;
  Module.prototype.load = function (filename) {
    if (!filename.includes(`${sep}node_modules${sep}`)) main ??= filename;
    const result = timed(partOf(filename), () => load.call(this, filename));
    if (/[\\/]@swc[\\/]core[\\/]index\.js$/.test(filename)) replace(this, 'transformSync', 'compiling TypeScript (swc)');
    if (/[\\/]esbuild[\\/]lib[\\/]main\.js$/.test(filename)) replace(this, 'buildSync', 'calling esbuild');
    if (/[\\/]aws-cdk-lib[\\/]core[\\/]lib[\\/]stage\.js$/.test(filename)) {
      const { prototype } = this.exports.Stage;
      prototype.synth = timing('synthesis: resolving, templates, files', prototype.synth);
    }
    if (/[\\/]aws-cdk-lib[\\/]core[\\/]lib[\\/]asset-staging\.js$/.test(filename)) {
      const { prototype } = this.exports.AssetStaging;
      for (const name of ['stageByCopying', 'stageByBundling'].filter((method) => method in prototype)) prototype[name] = timing('staging assets: copies, hashes', prototype[name]);
    }
    return result;
  };
  process.on('exit', () => {
    charge();
    writeFileSync(file, JSON.stringify(seconds));
  });
}

/** Properties of compiled modules are often getters that cannot be redefined. */
function replace(module, name, part) {
  module.exports = { ...module.exports, [name]: timing(part, module.exports[name]) };
}

function timing(part, original) {
  return function (...args) {
    return timed(part, () => original.apply(this, args));
  };
}

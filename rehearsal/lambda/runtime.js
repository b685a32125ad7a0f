// Runs one invocation as Lambda's Node runtime does, in a process of its own: loads the asset, calls the handler, and
// answers on file descriptor 3. What the handler prints stays on standard output, as in CloudWatch.
const { writeSync } = require('node:fs');
const { Socket } = require('node:net');
const { join } = require('node:path');
const { text } = require('node:stream/consumers');

const [assetDirectory, handlerName, timeoutMs] = process.argv.slice(2);

// What the VPC's name server and routes do: a name and port of the network lead to a port of this machine. TLS still verifies the name.
if (process.env.REHEARSAL_HOSTS) {
  const hosts = JSON.parse(process.env.REHEARSAL_HOSTS);
  delete process.env.REHEARSAL_HOSTS;
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (...args) {
    // net.connect hands over what it was called with as one array.
    const [options, ...rest] = Array.isArray(args[0]) ? args[0] : args;
    const target = hosts[`${options?.host}:${options?.port}`];
    if (target === undefined) return connect.apply(this, args);
    return connect.call(this, { ...options, ...target }, ...rest.filter((each) => typeof each === 'function'));
  };
}

async function main() {
  const event = JSON.parse(await text(process.stdin));
  const deadline = Date.now() + Number(timeoutMs);
  const [file, name] = handlerName.split('.');
  const loaded = process.hrtime.bigint();
  const handler = require(join(assetDirectory, `${file}.js`))[name];
  const loadMs = Number(process.hrtime.bigint() - loaded) / 1e6;
  try {
    const result = await handler(event, { getRemainingTimeInMillis: () => deadline - Date.now() });
    return { result, loadMs };
  } catch (error) {
    return { error: { name: error.name, message: error.message, stack: error.stack ?? '' }, loadMs };
  }
}

main().then((answer) => {
  writeSync(3, JSON.stringify(answer));
  process.exit(0);
});

// Runs one invocation as Lambda's Node runtime does, in a process of its own: loads the asset, calls the handler, and
// answers on file descriptor 3. What the handler prints stays on standard output, as in CloudWatch.
const { writeSync } = require('node:fs');
const { join } = require('node:path');
const { text } = require('node:stream/consumers');

const [assetDirectory, handlerName, timeoutMs] = process.argv.slice(2);

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

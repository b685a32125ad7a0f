import * as fc from 'fast-check';

const said = process.env.FAST_CHECK_SEED;
if (said !== undefined && !/^-?\d{1,15}$/.test(said)) throw new Error(`FAST_CHECK_SEED: ${JSON.stringify(said)}; allowed: an integer, as fast-check prints it, or leave it out.`);

// The same commit has the same tests; CI draws others once a week.
fc.configureGlobal({ seed: said === undefined ? 20261124 : Number(said) | 0 });

export { fc };

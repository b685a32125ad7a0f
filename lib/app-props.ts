import type { AppProps } from 'aws-cdk-lib';

// Spread below, for releases of aws-cdk-lib before 2.275 do not know it, and refuse what they do not know.
const validation = { builtinCloudFormationValidation: false };

/**
 * Of an app without aws-cdk-lib's built-in template validation, which takes many times the rest of a synth: the tests
 * run it, strict, once.
 */
export const WITHOUT_VALIDATION: AppProps = { ...validation, analyticsReporting: false };

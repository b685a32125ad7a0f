import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tests of what CDK is no part of, those that take minutes, and that of the library's own rules for templates. */
const OTHERS = /^((bench|bin|cli|costs|rehearsal|review|supply)\/|security[.])/;

/** The tests of constructs and stacks: files below `folder` that load aws-cdk-lib, or the app by `synthesize`. */
export function constructTests(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !/[.](slow|control-plane|browser)[.]test[.]ts$/.test(file) && !OTHERS.test(file))
    .filter((file) => /from '(aws-cdk-lib|.*\/(synthesize|synthesized|stack))/.test(readFileSync(join(folder, file), 'utf8')))
    .sort();
}

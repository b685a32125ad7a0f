import { isDeepStrictEqual } from 'node:util';
import { valueAt } from '../lib/environment/rule';
import { unfolded } from './differences';
import type { Judged } from './model';

/** Whether a value is worse than the one before it. */
type IsWorse = (before: unknown, after: unknown) => boolean;

/** A property that does harm in place, with nothing replaced. */
interface Setting {
  readonly type: string;
  readonly at: readonly string[];
  readonly isWorse: IsWorse;
  readonly means: string;
}

const isOther: IsWorse = (before, after) => !isDeepStrictEqual(before, after);
const becomes = (value: unknown): IsWorse => (before, after) => after === value && before !== value;
const isNoLonger = (value: unknown): IsWorse => (before, after) => before === value && after !== value;
const isLess: IsWorse = (before, after) => Number(after) < Number(before);
const gains: IsWorse = (before, after) => items(after).some((item) => !items(before).some((each) => isDeepStrictEqual(each, item)));
const loses: IsWorse = (before, after) => gains(after, before);
const isOffAnywhere: IsWorse = (before, after) => Object.entries(before ?? {}).some(([key, value]) => value === true && valueAt(after, [key]) !== true);
const expiresSooner: IsWorse = (before, after) => days(after) < days(before);

const VAULT = 'Custom::VaultConfiguration';

const SETTINGS: readonly Setting[] = [
  { type: 'AWS::KMS::Key', at: ['Enabled'], isWorse: becomes(false), means: 'a disabled key decrypts nothing: what it sealed stays sealed' },
  { type: 'AWS::KMS::Key', at: ['EnableKeyRotation'], isWorse: isNoLonger(true), means: 'its material is rotated no more' },
  { type: 'AWS::KMS::Key', at: ['PendingWindowInDays'], isWorse: isLess, means: 'its deletion can be taken back for fewer days' },
  { type: 'AWS::S3::Bucket', at: ['LifecycleConfiguration', 'Rules'], isWorse: expiresSooner, means: 'objects are deleted sooner, those that there are too' },
  { type: 'AWS::S3::Bucket', at: ['VersioningConfiguration', 'Status'], isWorse: isNoLonger('Enabled'), means: 'what is overwritten or deleted is gone' },
  { type: 'AWS::S3::Bucket', at: ['PublicAccessBlockConfiguration'], isWorse: isOffAnywhere, means: 'the public can be let in' },
  { type: 'AWS::S3::Bucket', at: ['BucketEncryption'], isWorse: isOther, means: 'objects are encrypted by another key, or none of yours' },
  { type: 'AWS::EKS::Cluster', at: ['Logging', 'ClusterLogging', 'EnabledTypes'], isWorse: loses, means: 'the control plane writes fewer logs' },
  { type: 'AWS::EKS::Cluster', at: ['AccessConfig'], isWorse: isOther, means: 'who is let in to the API server is decided in another way' },
  { type: 'AWS::EC2::LaunchTemplate', at: ['LaunchTemplateData', 'MetadataOptions'], isWorse: isOther, means: "whether pods can take their node's role may be another" },
  { type: 'AWS::IAM::Role', at: ['PermissionsBoundary'], isWorse: isOther, means: 'its permissions boundary is another one, or none' },
  { type: 'AWS::Lambda::Function', at: ['Role'], isWorse: isOther, means: 'it runs as another role' },
  { type: 'AWS::Events::Rule', at: ['State'], isWorse: becomes('DISABLED'), means: 'what it starts (a snapshot, a check) is started no more' },
  { type: 'AWS::CloudWatch::Alarm', at: ['ActionsEnabled'], isWorse: becomes(false), means: 'it tells nobody' },
  { type: 'AWS::CloudWatch::Alarm', at: ['AlarmActions'], isWorse: loses, means: 'it tells fewer' },
  { type: 'AWS::Logs::LogGroup', at: ['RetentionInDays'], isWorse: isLess, means: 'older lines are deleted' },
  { type: VAULT, at: ['cluster', 'name'], isWorse: isOther, means: 'another cluster has another Vault, an empty one' },
  { type: VAULT, at: ['vault', 'namespace'], isWorse: isOther, means: 'another namespace has another Vault, an empty one' },
  { type: VAULT, at: ['vault', 'mode'], isWorse: isOther, means: 'another mode is another Vault, an empty one' },
  { type: VAULT, at: ['secretsEngine', 'mountPath'], isWorse: isOther, means: 'the secrets stay under the old mount, and Gloo reads the new one, which is empty' },
  { type: VAULT, at: ['authMethod', 'mountPath'], isWorse: isOther, means: 'Gloo logs in at another mount; the old one stays in Vault' },
  { type: VAULT, at: ['authMethod', 'stsEndpoint'], isWorse: isOther, means: 'Vault asks another host who it is that logs in: whoever answers there decides' },
  { type: VAULT, at: ['authMethod', 'serverIdHeader'], isWorse: isOther, means: 'a login that was signed for the earlier server id is refused' },
  { type: VAULT, at: ['auditDevice'], isWorse: becomes('none'), means: 'Vault keeps no audit log' },
  { type: VAULT, at: ['provisioner'], isWorse: isOther, means: 'another role can write policies in Vault, and with them anything' },
  { type: VAULT, at: ['operators', 'principalArns'], isWorse: gains, means: 'others log in to Vault as operators' },
  { type: VAULT, at: ['snapshots'], isWorse: gains, means: 'another role takes snapshots, which hold all secrets' },
  { type: VAULT, at: ['roles'], isWorse: gains, means: "other roles log in to Vault as Gloo and read its secrets" },
  { type: VAULT, at: ['role', 'principalArn'], isWorse: isOther, means: 'another role logs in to Vault as Gloo and reads its secrets' },
  { type: VAULT, at: ['guests'], isWorse: gains, means: 'guests of this Vault get mounts, policies or roles that they had not' },
  { type: VAULT, at: ['guests'], isWorse: loses, means: 'a guest loses its policy or roles: its Gloo cannot log in' },
];

/** What a change of a resource's own settings means. */
export function settingWarnings({ impact, before, after }: Judged): readonly string[] {
  if (impact === 'remove' || before === undefined || after === undefined) return [];
  return SETTINGS.filter(({ type, at, isWorse }) => {
    const [old, now] = [valueAt(before.Properties, at), valueAt(after.Properties, at)].map(unfolded);
    return type === after.Type && type === before.Type && !isDeepStrictEqual(old, now) && isWorse(old, now);
  }).map(({ means }) => means);
}

/** Of a list; a mapping is the one item of its own. */
function items(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value].flat();
}

/** The fewest days after which a rule deletes something. */
function days(rules: unknown): number {
  const found = items(rules).flatMap((rule) => (valueAt(rule, ['Status']) === 'Enabled' ? [valueAt(rule, ['ExpirationInDays']), valueAt(rule, ['NoncurrentVersionExpiration', 'NoncurrentDays'])] : []));
  return Math.min(...found.filter((each) => each !== undefined).map(Number));
}

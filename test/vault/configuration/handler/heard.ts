/** What runs said, and what they must not have said. */
export class Heard {
  /** Lines of logs, and errors. */
  readonly said: string[] = [];
  /** Root tokens, recovery keys, credentials. */
  readonly secrets = new Set<string>();

  /** Secrets that were said, and what looks like one. */
  leaks(): string[] {
    const all = this.said.join('\n');
    const known = [...this.secrets].filter((secret) => all.includes(secret) || all.includes(encodeURIComponent(secret)));
    return [...known, ...(all.match(/hv[sbr]\.[\w-]{8,}|eyJ[\w-]{8,}|k8s-aws-v1\.\w+|A[SK]IA\w{8,}|Signature=\w+|X-Amz-(Signature|Credential|Security-Token)=[^*]/gi) ?? [])];
  }
}

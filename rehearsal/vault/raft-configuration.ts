import { posix } from 'node:path';

/** Where a node of the cluster is on this machine. */
export interface NodePlace {
  /** Name of the pod: `vault-0`. */
  readonly name: string;
  /** Folder that stands for the pod's root. */
  readonly root: string;
  /** Ports on 127.0.0.1 that stand for 8200 and 8201. */
  readonly port: number;
  readonly clusterPort: number;
  /** Address of its pod, where it has 8200 and 8201 for itself as well. @default - the pod has none here */
  readonly podAddress?: string;
}

/** What a node is started with. */
export interface NodeConfiguration {
  /** Vault's configuration, HCL. */
  readonly text: string;
  /** Folder on this machine, below the node's root, that stands for the mounted Secret with `tls.crt`, `tls.key` and `ca.crt`. */
  readonly secretFolder: string;
  /** Folder on this machine that stands for the data volume. */
  readonly dataFolder: string;
  /** What the chart sets in the pod's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const KEY_FILES = { tls_cert_file: 'tls.crt', tls_key_file: 'tls.key' } as const;
const PATH_KEY = /\b(path|\w+_(?:file|path|dir|directory))(\s*=\s*)"(\/[^"]*)"/g;
const POD_URL = /^https:\/\/((vault-\d+)\.vault-internal(?:\.[a-z0-9-]+(?:\.svc(?:\.cluster\.local)?)?)?):8200$/;

/**
 * The one place where the configuration of Vault's pods becomes that of processes on this machine. Everything that differs:
 *
 * | in the pod | here |
 * | --- | --- |
 * | what the chart adds: `disable_mlock = true`; `HOST_IP`, `POD_IP` and `HOSTNAME` replaced | the same: 127.0.0.1 and the pod's name |
 * | `VAULT_API_ADDR`, `VAULT_CLUSTER_ADDR`: the pod's address or name, 8200 and 8201 | 127.0.0.1 and the node's two ports |
 * | `VAULT_RAFT_NODE_ID`: the pod's name if the chart's `setNodeId` is on | the pod's name |
 * | the listener's `address` and `cluster_address`, ports 8200 and 8201 | 127.0.0.1 and the node's two ports |
 * | | where the pod has an address here, a second listener on its 8200 and 8201: the one in the pod listens on every address |
 * | absolute paths (`path`, `…_file`, `…_path`, `…_dir`) | the same paths below the node's own root folder |
 * | `leader_api_addr = "https://vault-N.vault-internal:8200"` | that node's port; the name goes into `leader_tls_servername`, so that its certificate is verified for it |
 * | `service_registration "kubernetes"`, which labels the pods | left out: there is no API server to register with; `raft-services.ts` sets the labels |
 * | `seal "awskms"` | as it stands, or left out with the seal `shamir` |
 *
 * @param text HCL as in the Helm value `server.ha.raft.config`.
 * @param node the node that it is for; `nodes` are all of the cluster.
 * @throws for what the pods could not start with, or what has no counterpart here.
 */
export function nodeConfiguration(text: string, seal: 'awskms' | 'shamir', node: NodePlace, nodes: readonly NodePlace[]): NodeConfiguration {
  const inPod = withoutComments(asPod(text, node));
  const registered = withoutBlock(inPod, 'service_registration "kubernetes"');
  const sealed = withoutBlock(registered, 'seal "awskms"');
  if (seal === 'awskms' && sealed === registered) {
    fail('it has no block seal "awskms", which this cluster is to be sealed by; add it, or choose the seal "shamir"');
  }
  const stripped = seal === 'awskms' ? registered : sealed;
  const secret = mountedSecret(stripped);
  const storage = blockAt(stripped, 'storage "raft"') ?? fail('it has no block storage "raft"; HA without Raft is not known here');
  const data = /\bpath\s*=\s*"(\/[^"]*)"/.exec(stripped.slice(storage.start, storage.end))?.[1] ?? fail('storage "raft" has no absolute path; the chart mounts /vault/data');
  const moved = retryJoins(listener(stripped, node), nodes).replace(PATH_KEY, (_all, key: string, equals: string, path: string) => `${key}${equals}"${node.root}${path}"`);
  return {
    text: moved,
    secretFolder: node.root + secret,
    dataFolder: node.root + data,
    environment: {
      HOST_IP: '127.0.0.1',
      POD_IP: '127.0.0.1',
      HOSTNAME: node.name,
      VAULT_K8S_POD_NAME: node.name,
      VAULT_API_ADDR: `https://127.0.0.1:${node.port}`,
      VAULT_CLUSTER_ADDR: `https://127.0.0.1:${node.clusterPort}`,
      VAULT_RAFT_NODE_ID: node.name,
    },
  };
}

/** What the chart does with the value (its template `vault.config`, and the pod's command). */
function asPod(text: string, { name }: NodePlace): string {
  if (text.trimStart().startsWith('{')) {
    fail('it is JSON; give it as HCL');
  }
  if (text.includes('{{')) {
    fail('it has a Helm template ("{{"); give the text that Helm renders');
  }
  const whole = /^\s*disable_mlock\s*=\s*(true|false)/m.test(text) ? text : `${text}\ndisable_mlock = true\n`;
  return whole.replaceAll('HOST_IP', '127.0.0.1').replaceAll('POD_IP', '127.0.0.1').replaceAll('HOSTNAME', name);
}

/** Folder in the pod where the listener's certificate is mounted. */
function mountedSecret(text: string): string {
  const [certificate, key] = Object.entries(KEY_FILES).map(([setting, file]) => {
    const path = new RegExp(`\\b${setting}\\s*=\\s*"([^"]*)"`).exec(text)?.[1];
    if (path === undefined) {
      fail(`its listener has no ${setting}; this cluster speaks TLS`);
    }
    if (!path.startsWith('/') || posix.basename(path) !== file) {
      fail(`${setting} is "${path}"; a Secret of cert-manager is mounted as a folder with ca.crt, ${Object.values(KEY_FILES).join(' and ')}`);
    }
    return posix.dirname(path);
  });
  if (certificate !== key || certificate === undefined) {
    fail(`its certificate is in ${certificate} and its key in ${key}; a Secret of cert-manager holds both`);
  }
  return certificate;
}

function listener(text: string, { port, clusterPort, podAddress }: NodePlace): string {
  const block = blockAt(text, 'listener "tcp"') ?? fail('it has no block listener "tcp"');
  if (blockAt(text.slice(block.end), 'listener "tcp"')) {
    fail('it has two blocks listener "tcp"; one is known here');
  }
  const body = text.slice(block.start, block.end);
  if (/\btls_disable\s*=\s*"?(true|1)/.test(body)) {
    fail('its listener has tls_disable; this cluster speaks TLS');
  }
  const loopback = listenAt(body, { address: [8200, `127.0.0.1:${port}`], cluster_address: [8201, `127.0.0.1:${clusterPort}`] });
  const atPod = podAddress === undefined ? '' : listenAt(body, { address: [8200, `${podAddress}:8200`], cluster_address: [8201, `${podAddress}:8201`] });
  return text.slice(0, block.start) + [loopback, atPod].filter(Boolean).join('\n') + text.slice(block.end);
}

function listenAt(body: string, places: Readonly<Record<string, readonly [number, string]>>): string {
  return Object.entries(places).reduce((part, [setting, [from, to]]) => {
    const found = new RegExp(`\\b${setting}(\\s*=\\s*)"([^"]*)"`);
    const value = found.exec(part)?.[2] ?? fail(`its listener has no ${setting}; the chart's Services need port ${from}`);
    if (!value.endsWith(`:${from}`)) {
      fail(`its listener's ${setting} is "${value}"; the chart's Services need port ${from}`);
    }
    return part.replace(found, (_all, equals: string) => `${setting}${equals}"${to}"`);
  }, body);
}

function retryJoins(text: string, nodes: readonly NodePlace[]): string {
  if (/\bauto_join\s*=/.test(text)) {
    fail('it has auto_join, which asks an API server for pods; name them with leader_api_addr');
  }
  let done = '';
  let rest = text;
  for (let block = blockAt(rest, 'retry_join'); block; block = blockAt(rest, 'retry_join')) {
    const body = rest.slice(block.start, block.end);
    const named = /\bleader_tls_servername\s*=/.test(body);
    const joined = body.replace(/\bleader_api_addr(\s*=\s*)"([^"]*)"/, (_all, equals: string, url: string) => {
      const [, host, pod] = POD_URL.exec(url) ?? fail(`leader_api_addr is "${url}"; allowed is "https://vault-<n>.vault-internal:8200"`);
      const node = nodes.find(({ name }) => name === pod) ?? fail(`leader_api_addr is "${url}", but the cluster has ${nodes.map(({ name }) => name).join(', ')} only`);
      return `leader_api_addr${equals}"https://127.0.0.1:${node.port}"${named ? '' : `\n    leader_tls_servername = "${host}"`}`;
    });
    done += rest.slice(0, block.start) + joined;
    rest = rest.slice(block.end);
  }
  return done + rest;
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

function withoutComments(text: string): string {
  return text.replace(new RegExp(`(${STRING})|#.*|//.*|/\\*[\\s\\S]*?\\*/`, 'g'), (_all, string: string | undefined) => string ?? '');
}

function withoutBlock(text: string, header: string): string {
  const block = blockAt(text, header);
  return block ? text.slice(0, block.start) + text.slice(block.end) : text;
}

/** Where the first block with this header is, from its header to behind its closing brace. */
function blockAt(text: string, header: string): { start: number; end: number } | undefined {
  const opening = new RegExp(`(?<![\\w"])${header.replaceAll(' ', '\\s+')}\\s*\\{`).exec(text);
  if (!opening) {
    return undefined;
  }
  const tokens = new RegExp(`${STRING}|[{}]`, 'g');
  tokens.lastIndex = opening.index + opening[0].length;
  let depth = 1;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    depth += token[0] === '{' ? 1 : token[0] === '}' ? -1 : 0;
    if (depth === 0) {
      return { start: opening.index, end: tokens.lastIndex };
    }
  }
  return fail(`the block ${header} is not closed`);
}

function fail(words: string): never {
  throw new Error(`configuration of Vault's pods: ${words}`);
}

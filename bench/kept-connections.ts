import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** For as long as the action takes, connections to an origin that are kept, so many at most. */
export async function withKeptConnections<T>(origin: string, sideBySide: number, action: (agent: HttpAgent) => Promise<T>): Promise<T> {
  const options = { keepAlive: true, maxSockets: sideBySide };
  const agent = origin.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  try {
    return await action(agent);
  } finally {
    agent.destroy();
  }
}

/** Does something with each, so many at once, and begins no more once one has failed. @throws what that one threw */
export async function eachSideBySide<T>(items: readonly T[], sideBySide: number, action: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items].reverse();
  const worker = async () => {
    try {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await action(item);
    } finally {
      left.length = 0;
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, worker));
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

// Its event loop stands still once it listens, so that nobody takes a connection out of the kernel's queue.
const LISTEN = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ ...workerData, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});`;

/** What the queue of a backlog of 1 takes. */
const QUEUE = 2;

export interface Unaccepting {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens with a queue that is full: the kernel drops whatever comes to this port, as a security group drops it. */
export async function unaccepting(host: string, port = 0): Promise<Unaccepting> {
  const worker = new Worker(LISTEN, { eval: true, workerData: { host, port } });
  const queued: Socket[] = [];
  const close = async (): Promise<void> => {
    for (const socket of queued) socket.destroy();
    await worker.terminate();
  };
  try {
    const [listening] = (await once(worker, 'message')) as [number];
    for (let n = 0; n < QUEUE; n++) {
      const socket = connect(listening, host);
      queued.push(socket);
      await once(socket, 'connect');
    }
    return { port: listening, close };
  } catch (error) {
    await close();
    throw error;
  }
}

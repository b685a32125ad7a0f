import { findControlPlane } from '../rehearsal/control-plane/find-control-plane';

// Prints the folder of etcd and kube-apiserver that tests and rehearsal run, building them once where there are none.
findControlPlane({ env: process.env, onProgress: (line) => process.stderr.write(`${line}\n`) }).then(
  ({ description }) => {
    process.stderr.write(`${description}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);

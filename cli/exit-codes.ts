/** What a command ends with, for scripts. A contract: a code keeps its meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unable: 3,
  /** 128 and the number of SIGINT, as a shell says it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table of `--help`. */
export const EXIT_CODES: Readonly<Record<ExitCode, string>> = {
  0: 'done, and nothing is wrong',
  1: 'a check failed, or a secret is malformed',
  2: 'wrong use: an unknown option, bad input, a faulty environment',
  3: 'could not find out or could not do it: no access, no answer, a refusal',
  130: 'interrupted (Ctrl-C)',
};

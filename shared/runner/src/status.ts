/** The exit statuses of the `lab` command. */
export const status = {
  /** Everything that was asked for holds. */
  held: 0,
  /** A test, a check or a demo failed. */
  failed: 1,
  /** The command itself could not be understood or carried out. */
  misuse: 2,
  /** Ctrl-C: 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const;

/** The numbers that exit statuses are made of, as on Linux. */
export const constants = {
  signals: { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 },
} as const;

export const availableParallelism = () => navigator.hardwareConcurrency;

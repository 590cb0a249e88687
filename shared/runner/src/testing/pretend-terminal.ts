/**
 * Loaded before the command (`node --import`), so that its pipes look like a terminal of 80 by 24: a test can then
 * press keys and see the screen on any machine. Raw mode is told on standard error.
 */
const input = process.stdin;
const setRawMode = (on: boolean) => {
  process.stderr.write(`[raw mode ${on ? "on" : "off"}]`);
  return input;
};
Object.assign(input, { isTTY: true, setRawMode });
Object.assign(process.stdout, { isTTY: true, columns: 80, rows: 24 });

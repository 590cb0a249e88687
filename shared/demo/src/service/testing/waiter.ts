/** A service that says what it is told, and ends only at a second signal. */

import { toldToEnd } from "../told-to-end.ts";

const told = toldToEnd();
setInterval(() => {}, 2_147_483_647);
process.send?.("waits");
if (process.send === undefined) process.stdout.write("waits\n");
process.stdout.write(`told: ${await told}\n`);

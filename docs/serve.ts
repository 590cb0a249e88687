/**
 * The site, served while its sources change: `node serve.ts [LAB ANSWER]`. With a lab and the file of an answer the
 * playground of this lab is played on that answer, and begins anew whenever it is saved.
 */
import { isAbsolute } from "node:path";
import { createServer } from "vitepress";
import { PLAYED } from "./playground/played.ts";

const [lab, answer] = process.argv.slice(2);
if (lab !== undefined) {
  if (answer === undefined || !isAbsolute(answer)) {
    throw new RangeError(`${lab} needs the absolute path of an answer to be played on, got ${answer}`);
  }
  process.env[PLAYED] = JSON.stringify({ lab, answer });
}

const server = await createServer(import.meta.dirname, {});
await server.listen();
const [site = ""] = server.resolvedUrls?.local ?? [];
console.log(
  lab === undefined
    ? `The site: ${site}`
    : `${lab}, to be played: ${new URL(`labs/${lab}/play.html`, site).href}`,
);
console.log("It follows what you save. Ctrl-C ends it.");

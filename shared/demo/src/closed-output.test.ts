import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";

/** A demo that tells on stderr how it goes, until it has been told that nobody listens, and then does the work. */
const program = `
  import { commandLine, runDemo } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  import { once } from "node:events";
  await runDemo({
    noun: "oven",
    commandLine: commandLine({ does: "Bakes.", options: {}, notes: "" }),
    async run() {
      process.stdout.write("ready\\n");
      await once(process.stdin, "data");
      for (let n = 0; n < 3; n += 1) {
        process.stderr.write("still baking\\n");
        await new Promise((resolve) => setImmediate(resolve));
      }
      process.stdout.write("a loaf\\n");
      await new Promise((resolve) => setImmediate(resolve));
      return 3;
    },
  }, []);
`;

async function run(closed: "stdout" | "stderr") {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  try {
    const ended = once(child, "close");
    const [ready] = await once(child.stdout, "data");
    child[closed].destroy();
    await once(child[closed], "close");
    const left = text(closed === "stdout" ? child.stderr : child.stdout);
    child.stdin.end("go on");
    const [status] = await ended;
    return { ready: String(ready), left: await left, status };
  } finally {
    child.kill("SIGKILL");
  }
}

describe("a demo", () => {
  it("does its work though nobody reads how it goes", async () => {
    expect(await run("stderr")).toEqual({ ready: "ready\n", left: "a loaf\n", status: 3 });
  });

  it("ends without a word when nobody reads its output, and not as if it had succeeded", async () => {
    expect(await run("stdout")).toEqual({ ready: "ready\n", left: "still baking\n".repeat(3), status: 141 });
  });
});

import { describe, expect, it } from "vitest";
import { type RunningProcess, startProcess } from "./process.ts";

const node = (script: string, env: Record<string, string | undefined> = {}): Promise<RunningProcess> =>
  startProcess(process.execPath, ["--input-type=module-typescript", "-e", script], { env });

/** Alive until it is ended, having said so. */
const WAITS = `console.log("ready " + process.pid); process.stdin.resume();`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("startProcess", () => {
  it("tells how a process ended and what it printed", async () => {
    await using child = await node(`console.log("out"); console.error("err"); process.exitCode = 3;`);
    expect(await child.exit).toEqual({ code: 3, signal: null });
    expect(child.stdout).toBe("out\n");
    expect(child.stderr).toBe("err\n");
  });

  it("rejects when the command does not exist", async () => {
    await expect(startProcess("no-such-command-anywhere")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("adds to the environment, and takes out what is undefined", async () => {
    await using child = await node(`console.log(process.env.GIVEN, process.env.HOME);`, {
      GIVEN: "yes",
      HOME: undefined,
    });
    expect(await child.line(/yes/)).toBe("yes undefined");
  });
});

describe("RunningProcess.line", () => {
  it("waits for a line to come, and finds one that has come already", async () => {
    await using child = await node(`console.log("one"); console.log("two"); ${WAITS}`);
    expect(await child.line(/^tw/)).toBe("two");
    expect(await child.line(/^on/g)).toBe("one");
    expect(await child.line(/^on/g)).toBe("one");
  });

  it("puts together a line that comes in pieces, and takes a last one without an end", async () => {
    await using child = await node(
      `process.stdout.write("a"); setImmediate(() => process.stdout.write("b\\nlast"));`,
    );
    expect(await child.line(/a/)).toBe("ab");
    expect(await child.line(/last/)).toBe("last");
  });

  it("rejects with what was printed when the process ends without it", async () => {
    await using child = await node(`console.log("something else"); console.error("and this");`);
    await expect(child.line(/never/)).rejects.toThrow(
      /without a line that matches \/never\/[\s\S]*something else\nand this/,
    );
    await child.exit;
    await expect(child.line(/never/)).rejects.toThrow("something else");
  });
});

describe("RunningProcess.write", () => {
  it("reaches stdin, which ends with endInput", async () => {
    await using child = await node(
      `for await (const chunk of process.stdin) process.stdout.write(String(chunk).toUpperCase());`,
    );
    await child.write("hello\n");
    expect(await child.line(/./)).toBe("HELLO");
    child.endInput();
    expect(await child.exit).toEqual({ code: 0, signal: null });
  });
});

describe("RunningProcess.kill", () => {
  it("sends the signal, and says when nobody is there any more", async () => {
    await using child = await node(WAITS);
    await child.line(/ready/);
    expect(child.kill()).toBe(true);
    expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
    expect(child.kill()).toBe(false);
  });

  it("lets the process answer the signal", async () => {
    await using child = await node(`process.on("SIGINT", () => process.exit(7)); ${WAITS}`);
    await child.line(/ready/);
    child.kill("SIGINT");
    expect(await child.exit).toEqual({ code: 7, signal: null });
  });
});

describe("leaving the scope of a RunningProcess", () => {
  it("ends it, whatever it does about signals, and waits until it is gone", async () => {
    let pid: number;
    {
      await using child = await node(`process.on("SIGTERM", () => {}); ${WAITS}`);
      await child.line(/ready/);
      pid = child.pid;
      expect(isAlive(pid)).toBe(true);
    }
    expect(isAlive(pid)).toBe(false);
  });

  it("ends what it had started too", async () => {
    const script = `
      import { spawn } from "node:child_process";
      spawn(process.execPath, ["-e", ${JSON.stringify(`console.log("grandchild"); setInterval(() => {}, 1000)`)}], { stdio: "inherit" });
      ${WAITS}`;
    let child: RunningProcess;
    {
      await using scoped = await node(script);
      child = scoped;
      await child.line(/grandchild/);
    }
    // Its output has been read to the end, so nobody holds the pipe any more.
    expect(await child.exit).toEqual({ code: null, signal: "SIGKILL" });
  });
});

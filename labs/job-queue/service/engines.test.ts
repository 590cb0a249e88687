import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "@pattern-labs/testkit";
import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { temporaryFolder, until } from "./testing.ts";

const script = fileURLToPath(new URL("./main.ts", import.meta.url));

for (const name of ["redis", "postgres"] as const) {
  describeService(name, `the service on ${name}`, () => {
    // Nothing waits for a time: the limit only ends a hang.
    it("does jobs, by key; and is not ready while the server is away", { timeout: 300_000 }, async () => {
      using root = temporaryFolder();
      const files = join(root.path, "files");
      mkdirSync(files);
      writeFileSync(join(files, "a.txt"), "hello");
      await using server = await startService(name);
      const own = ["--folder", files, "--data", join(root.path, "data"), "--store", server.url];
      const args = ["--conditions", "default", script, "--port", "0", ...own, "--deadline", "1000"];
      await using service = await startProcess(process.execPath, args);
      const { url } = JSON.parse(await service.line(/"listening"/));
      const ask = async (path: string) => await fetch(new URL(path, url));
      // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects of it.
      const told = async (path: string): Promise<any> => await (await ask(path)).json();
      const post = async (key: string, path = "a.txt") =>
        await fetch(new URL("/jobs", url), {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": key },
          body: JSON.stringify({ type: "gzip", payload: { path } }),
        });

      const [first, again] = [await post("a"), await post("a")];
      expect([first.status, again.status, again.headers.get("idempotent-replayed")]).toEqual([
        202,
        202,
        "true",
      ]);
      expect((await post("a", "b.txt")).status).toBe(422);
      const location = String(first.headers.get("location"));
      await until(async () => (await told(location)).state === "completed");
      expect(await told(`${location}/result`)).toMatchObject({ result: { bytes: 5 } });
      expect((await told("/jobs?state=completed")).jobs.length).toBe(1);
      expect(await (await ask("/metrics")).text()).toContain('jobs_stored{state="completed"} 1');
      await service.line(/"job completed"/);

      await server.kill();
      const refused = await post("b");
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ type: "/problems/store-unavailable" });
      expect((await ask("/readyz")).status).toBe(503);
      service.kill("SIGTERM");
      expect(await service.exit).toEqual({ code: 0, signal: null });
    });
  });
}

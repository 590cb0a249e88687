import { lengthOf } from "@pattern-labs/demo";
import { describe, expect, it } from "vitest";
import type { SearchOptions } from "../given/options.ts";
import { liveView as searchView } from "./search/report.ts";
import { Tally } from "./search/tally.ts";
import { Alive } from "./service/alive.ts";
import { Ends } from "./service/ends.ts";
import { Latest } from "./service/log.ts";
import type { ServiceRun } from "./service/report.ts";
import { liveView as serviceView } from "./service/view.ts";

describe("a live view on a narrow terminal", () => {
  it("folds the figures of a search", () => {
    const options = { pattern: /needle/, root: "/a/folder/with/a/name", concurrency: 16, deadlineMs: 60_000 };
    const lines = searchView(options as SearchOptions, new Tally(), 39).split("\n");
    for (const line of lines) expect(lengthOf(line)).toBeLessThanOrEqual(39);
    expect(lines.join("\n")).toContain("limit 16");
  });

  it("leaves out what only explains the figures of the service", () => {
    const given = { clients: 12, seconds: 15, naive: false };
    const parts = {
      given,
      service: { sockets: 3 },
      shops: { busySockets: 1 },
      world: { figures: undefined },
    };
    const run = { ...parts, alive: new Alive(), ends: new Ends(), latest: new Latest(), began: 0 };
    const view = (width: number) => serviceView(run as unknown as ServiceRun, width);
    for (const line of view(49).split("\n")) expect(lengthOf(line)).toBeLessThanOrEqual(49);
    expect(view(49)).toContain("of 15 s");
    expect(view(49)).not.toContain("for 3");
    expect(view(79)).toContain("for 3 connections");
  });
});

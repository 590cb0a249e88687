import { describe, expect, it } from "vitest";
import { gapFrame, HEARTBEAT, messageFrame, missedFrame, OPENING, placeFrame } from "./frames.ts";
import { SseParser } from "./sse-parser.ts";

describe("SseParser", () => {
  it("reads what the hub sends, wherever it is cut", () => {
    const sent = [
      OPENING,
      placeFrame("log-1"),
      messageFrame("log-2", "a.b", 7, '{"text":"\\n\\n: id"}'),
      missedFrame("log-5", 3),
      messageFrame("log-6", "a.b", 8, "☃".repeat(3)),
      HEARTBEAT,
      gapFrame("log-9", { missed: null, exact: false }),
    ].join("");
    for (let size = 1; size <= sent.length; size += 1) {
      const parser = new SseParser();
      const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, n) =>
        sent.slice(n * size, (n + 1) * size),
      );
      const events = pieces.flatMap((piece) => [...parser.read(piece)]);
      expect(events).toEqual([
        { id: "", event: "message", data: undefined, comments: ["connected"] },
        { id: "log-1", event: "message", data: undefined, comments: [] },
        {
          id: "log-2",
          event: "message",
          data: '{"topic":"a.b","at":7,"payload":{"text":"\\n\\n: id"}}',
          comments: [],
        },
        { id: "log-5", event: "missed", data: '{"missed":3}', comments: [] },
        { id: "log-6", event: "message", data: '{"topic":"a.b","at":8,"payload":☃☃☃}', comments: [] },
        { id: "log-6", event: "message", data: undefined, comments: ["heartbeat"] },
        { id: "log-9", event: "gap", data: '{"missed":null,"exact":false}', comments: [] },
      ]);
    }
  });

  it("keeps an event that has not ended", () => {
    expect([...new SseParser().read("id: 1\ndata: x\n")]).toEqual([]);
  });
});

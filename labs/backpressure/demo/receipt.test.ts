import { isPending } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Receipt } from "./receipt.ts";

const told = (receipt: Receipt) => JSON.parse(JSON.stringify(receipt));

describe("Receipt", () => {
  it("is 202 for what was accepted, and 400 where there was nothing to accept", () => {
    const receipt = new Receipt();
    expect([receipt.status, told(receipt).problem]).toEqual([400, "there is no event in the body"]);
    receipt.reject(1, "not JSON");
    expect([receipt.status, told(receipt).problem]).toEqual([400, undefined]);
    receipt.accept();
    expect(receipt.status).toBe(202);
  });

  it("is 503 when something was refused, and 413 for a body that was too long, whatever else there was", () => {
    const receipt = new Receipt();
    receipt.accept();
    receipt.refuse(2);
    expect(receipt.status).toBe(503);
    receipt.tooLarge = "too long";
    expect(receipt.status).toBe(413);
  });

  it("names all lines that were refused, and of those that make no event the first twenty", () => {
    const receipt = new Receipt();
    for (let line = 1; line <= 50; line += 1) receipt.refuse(line);
    for (let line = 51; line <= 80; line += 1) receipt.reject(line, "not JSON");
    expect(told(receipt)).toMatchObject({
      refused: { count: 50, lines: Array.from({ length: 50 }, (_, n) => n + 1) },
      invalid: {
        count: 30,
        lines: Array.from({ length: 20 }, (_, n) => ({ line: n + 51, problem: "not JSON" })),
      },
    });
  });

  it("is settled when each accepted event has come to its end", async () => {
    const receipt = new Receipt();
    await receipt.settled(); // Nothing to wait for.
    for (let n = 0; n < 3; n += 1) receipt.accept();
    const settled = receipt.settled();
    receipt.settle();
    receipt.drop();
    expect(await isPending(settled)).toBe(true);
    receipt.withdraw();
    await settled;
    expect(told(receipt)).toMatchObject({ accepted: 2, dropped: 1 });
  });
});

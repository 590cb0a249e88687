import type { Program } from "../program.ts";

let connections = 0;

async function query(answer: Promise<string>): Promise<string> {
  connections += 1;
  try {
    return await answer;
  } finally {
    connections -= 1;
  }
}

/** The one who would answer is gone, and nobody is told. */
const unanswered = () => new Promise<string>(() => {});

export const abandoned: Program = {
  mistake:
    "nothing is left that could settle the promise which the function waits for: its finally never runs",
  leaves: [
    { kind: "abandoned", in: "query" },
    { kind: "gauge", in: "" },
  ],
  gauges: { connections: () => connections },
  async buggy() {
    void query(unanswered());
    await Promise.resolve();
  },
  async fixed() {
    const { promise, reject } = Promise.withResolvers<string>();
    const result = query(promise).catch(() => "gone");
    reject(new Error("connection lost"));
    await result;
  },
};

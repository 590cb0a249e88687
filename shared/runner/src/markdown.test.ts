import { describe, expect, it } from "vitest";
import { hintsIn } from "./hints.ts";
import { anchorOf, codeBlocksOf, linksOf, sectionBody, wordsIn } from "./markdown.ts";

const text = `# Title

## One

Some words, \`and code\`, [a link](other.md#two) and ![a picture](p.svg "title").

\`\`\`ts
# no heading
const link = "[no](link)";
\`\`\`

### Under one

More.

## Two

[reference]: there.md
`;

describe("sectionBody", () => {
  it("reaches to the next heading of its rank, past deeper ones and past code", () => {
    expect(sectionBody(text, 2, "One")).toMatch(/^Some words[\s\S]*# no heading[\s\S]*More\.$/);
    expect(sectionBody(text, 2, "Three")).toBeUndefined();
  });
});

describe("linksOf", () => {
  it("finds links, pictures and references, and none in code", () => {
    expect(linksOf(text)).toEqual(["other.md#two", "p.svg", "there.md"]);
  });
});

describe("codeBlocksOf", () => {
  it("gives the code with its language", () => {
    expect(codeBlocksOf(text)).toEqual([
      { language: "ts", code: '# no heading\nconst link = "[no](link)";\n' },
    ]);
  });
});

describe("anchorOf", () => {
  it.each([
    ["The situation", "the-situation"],
    ["What `close()` does", "what-close-does"],
    ["Go → TypeScript", "go--typescript"],
  ])("%s is #%s", (heading, anchor) => {
    expect(anchorOf(heading)).toBe(anchor);
  });
});

describe("wordsIn", () => {
  it("counts words, not code and not dashes", () => {
    expect(wordsIn("Ten thousand pages – eight hands.\n```\ncode\n```")).toBe(5);
  });
});

describe("hintsIn", () => {
  const hints = `# Hints

## Step 1 · Bounded

### Hint 1

First.

#### More

Of the first.

### Hint 2

Second.

## Step 10

### Hint 1

Of the tenth.

## Challenge worker-state

### Hint 1

Of the challenge.
`;

  it("gives those of one part only", () => {
    expect(hintsIn(hints, { step: 1 })).toEqual(["First.\n\n#### More\n\nOf the first.", "Second."]);
    expect(hintsIn(hints, { step: 10 })).toEqual(["Of the tenth."]);
    expect(hintsIn(hints, { step: 2 })).toEqual([]);
    expect(hintsIn(hints, { challenge: "worker-state" })).toEqual(["Of the challenge."]);
    expect(hintsIn(hints, { challenge: "worker" })).toEqual([]);
  });
});

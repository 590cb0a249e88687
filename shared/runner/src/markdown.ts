/** A section of a Markdown text: its heading and what stands below it, up to the next heading of its rank or higher. */
export interface Section {
  readonly level: number;
  readonly heading: string;
  /** The number of the heading's line, from 1. */
  readonly line: number;
  readonly body: string;
}

/** Every section of a text, in order. A `#` inside a code block is no heading. */
export function sectionsOf(markdown: string): Section[] {
  const lines = markdown.split(/\r?\n/);
  const headings = headingsOf(lines);
  return headings.map(({ level, heading, line }, index) => {
    const end = headings.slice(index + 1).find((next) => next.level <= level)?.line ?? lines.length + 1;
    return {
      level,
      heading,
      line,
      body: lines
        .slice(line, end - 1)
        .join("\n")
        .trim(),
    };
  });
}

/** The body of the section with this heading at this level; undefined where there is none. */
export function sectionBody(markdown: string, level: number, heading: string): string | undefined {
  return sectionsOf(markdown).find((section) => section.level === level && section.heading === heading)?.body;
}

/** The code blocks of a text, without their fences. */
export function codeBlocksOf(markdown: string): { readonly language: string; readonly code: string }[] {
  return [...markdown.matchAll(/^(`{3,}|~{3,})(\S*)[^\n]*\n([\s\S]*?)^\1\s*$/gm)].map(
    ([, , language = "", code = ""]) => ({
      language,
      code,
    }),
  );
}

/** The text without its code blocks and without the code inside of sentences. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^(`{3,}|~{3,})[\s\S]*?^\1\s*$/gm, "").replace(/`[^`\n]*`/g, "");
}

/** The targets of a text's links. */
export function linksOf(markdown: string): string[] {
  const inline = [...proseOf(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const references = [...proseOf(markdown).matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm)];
  return [...inline, ...references].map(([, target = ""]) => target);
}

/** The anchor that GitHub gives to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

/** How many words a text has; code does not count. */
export function wordsIn(markdown: string): number {
  return proseOf(markdown)
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function headingsOf(lines: readonly string[]): { level: number; heading: string; line: number }[] {
  let fence: string | undefined;
  return lines.flatMap((text, index) => {
    const mark = /^(`{3,}|~{3,})/.exec(text)?.[1];
    if (mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (text.startsWith(fence)) fence = undefined;
      return [];
    }
    const found = fence === undefined ? /^(#{1,6})\s+(.*?)\s*#*$/.exec(text) : null;
    return found === null ? [] : [{ level: found[1]?.length ?? 1, heading: found[2] ?? "", line: index + 1 }];
  });
}

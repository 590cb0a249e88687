import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const script = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What an accessibility checker objects to: contrast, names, roles. One line for each. */
export async function objections(page: Page): Promise<readonly string[]> {
  if (await page.evaluate("globalThis.axe === undefined")) await page.evaluate(script);
  const violations = await page.evaluate<readonly Violation[]>(
    'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] }).then((found) => found.violations)',
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ html, failureSummary = "" }) => `${id}: ${help}\n  ${html.slice(0, 160)}\n  ${failureSummary}`,
    ),
  );
}

import { oneLine } from "./label.ts";

/** Text for SVG and HTML, as content or between double quotes: one line, and nothing in it is markup. */
export function escaped(text: string): string {
  return oneLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** JSON for a script element: no text in it can end the element. */
export function embedded(json: string): string {
  return json.replaceAll("<", "\\u003c");
}

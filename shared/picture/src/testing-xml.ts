/** A tag, with its attributes between double quotes and no `<` in them. */
const TAG = /<(?<close>\/?)(?<name>[a-zA-Z][\w-]*)(?<rest>(?:\s+[\w:-]+="[^"<]*")*)\s*(?<empty>\/?)>/g;

/** What makes `xml` not well-formed, as far as these pictures use XML: tags that fit, entities that exist. */
export function complaintAbout(xml: string): string | undefined {
  if (!xml.isWellFormed() || /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml)) {
    return "a character that XML does not allow";
  }
  const open: string[] = [];
  let last = 0;
  for (const match of xml.matchAll(TAG)) {
    const text = xml.slice(last, match.index);
    if (/[<>]/.test(text) && open.at(-1) !== "style") return `markup in the text ${JSON.stringify(text)}`;
    last = match.index + match[0].length;
    const { close, name = "", empty } = match.groups ?? {};
    if (close === "/" && open.pop() !== name) return `</${name}> closes another`;
    if (close === "" && empty === "") open.push(name);
  }
  const strange = /&(?!(?:amp|lt|gt|quot|#39);).{0,8}/.exec(xml)?.[0];
  if (strange !== undefined) return `the entity ${strange}`;
  return open.length === 0 ? undefined : `<${open.at(-1)}> is not closed`;
}

import type { Format } from "./options.ts";

const SOURCES = ["gateway", "orders[3]", "billing", "search", "mail:Queue@88"];
const PRIORITIES = [135, 134, 132, 131]; // local0, and a severity for each of the four levels
const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"];
/** Characters of one, two, three and four bytes: some of them are split wherever bytes are cut. */
const FILLING = "the quick brown fox jumps over the lazy dög – 狐 🦊 ";

/** The bytes of one line of about `lineBytes`, its line feed included, for a `format` and a number. */
export function sampleLine(format: Format, number: number, lineBytes: number): Buffer {
  const form = format === "mixed" ? MIXED[number % MIXED.length] : format;
  const time = new Date(Date.UTC(2015, 6, 29, 17, 41, 44, 747) + number);
  const place = number % LEVELS.length;
  const source = SOURCES[number % SOURCES.length] ?? "";
  const before = headOf(form, time.toISOString(), place, source);
  const after = form === "json" ? '"}\n' : "\n";
  const room = Math.max(0, lineBytes - Buffer.byteLength(before) - after.length);
  return Buffer.concat([Buffer.from(before), filling(`line ${number}: `, room), Buffer.from(after)]);
}

const MIXED = ["json", "common", "syslog"] as const;

function headOf(form: string | undefined, time: string, place: number, source: string): string {
  const level = LEVELS[place] ?? "";
  if (form === "json") return `{"timestamp":"${time}","level":"${level}","source":"${source}","message":"`;
  if (form === "syslog")
    return `<${PRIORITIES[place]}>1 ${time} host-${place} ${source} 4711 - [demo@32473 place="${place}"] `;
  return `${time.slice(0, 10)} ${time.slice(11, 19)},${time.slice(20, 23)} - ${level.padEnd(5)} [${source}] - `;
}

const WHOLE_FILLING = Buffer.from(FILLING.repeat(Math.ceil(1_000_000 / FILLING.length)));

/** Filled up to `room` bytes; the characters at the end are whole. */
function filling(text: string, room: number): Buffer {
  const rest = WHOLE_FILLING.subarray(0, Math.max(0, room - text.length));
  let end = rest.length;
  while (end > 0 && ((WHOLE_FILLING[end] ?? 0) & 0xc0) === 0x80) end -= 1; // Within a character.
  return Buffer.concat([Buffer.from(text), rest.subarray(0, end)]);
}

import type { Entry } from "../contract.ts";
import { checkEntry } from "./entry.ts";
import { levelOfSeverity } from "./levels.ts";
import { LineError } from "./line-error.ts";

/** PRI, VERSION, TIMESTAMP, HOSTNAME, APP-NAME, PROCID and MSGID; RFC 5424, section 6. */
const HEADER = /^<(\d|[1-9]\d{1,2})>1 (\S{1,32}) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;

/** STRUCTURED-DATA, and behind it the end or a space. Within quotes `"`, `\` and `]` stand behind a backslash. */
const NAME = String.raw`[^\s="\]]{1,32}`;
const ELEMENT = String.raw`\[${NAME}(?: ${NAME}="(?:[^"\\\]]|\\.)*")*\]`;
const DATA = new RegExp(`(?:-|(?:${ELEMENT})+)(?: |$)`, "sy");

const NOTHING = "-";
const HIGHEST_PRIORITY = 191;

/**
 * Reads a syslog message of RFC 5424, one a line:
 * `<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - 'su root' failed`. Its source is host and application. A message
 * that has no time gets the time at which it is read.
 *
 * @throws LineError
 */
export function readSyslog(line: string, now = () => new Date()): Entry {
  const [header, digits, time = NOTHING, host = NOTHING, app = NOTHING] = HEADER.exec(line) ?? [];
  if (header === undefined) throw new LineError("is no syslog message of RFC 5424: bad header");
  const priority = Number(digits);
  if (priority > HIGHEST_PRIORITY) throw new LineError(`priority must be from 0 to 191, got ${priority}`);
  return checkEntry({
    timestamp: time === NOTHING ? now().toISOString() : time,
    level: levelOfSeverity(priority % 8),
    source: sourceOf(host, app),
    message: messageAfter(header.length, line),
  });
}

function sourceOf(host: string, app: string): string {
  if (host === NOTHING || app === NOTHING) return host === NOTHING ? app : host;
  return `${host}/${app}`;
}

function messageAfter(headerLength: number, line: string): string {
  DATA.lastIndex = headerLength;
  if (!DATA.test(line)) throw new LineError("is no syslog message of RFC 5424: bad structured data");
  return line.slice(DATA.lastIndex).replace(/^\uFEFF/, ""); // Some senders mark UTF-8 so.
}

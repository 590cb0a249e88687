/**
 * What goes over the wire: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). An event
 * is lines up to an empty one. Its `id` is what a browser sends as Last-Event-ID when it comes back, so each frame that
 * moves the reader on has one.
 */

/** One message. `payload` is JSON already, and JSON has no line breaks of its own. */
export function messageFrame(id: string, topic: string, at: number, payload: string): string {
  return `id: ${id}\nevent: message\ndata: {"topic":${JSON.stringify(topic)},"at":${at},"payload":${payload}}\n\n`;
}

/** The gap that a reader has left by being slow: so many messages up to `id` were dropped for it. */
export function missedFrame(id: string, missed: number): string {
  return `id: ${id}\nevent: missed\ndata: {"missed":${missed}}\n\n`;
}

export interface Gap {
  /** How many messages are gone, whatever their topic; null if nobody can tell. */
  readonly missed: number | null;
  /** Whether each of them would have come to this reader. */
  readonly exact: boolean;
}

/** The gap that the log has left: what came after the reader's last event, up to `id`, is kept no more. */
export function gapFrame(id: string, { missed, exact }: Gap): string {
  return `id: ${id}\nevent: gap\ndata: ${JSON.stringify({ missed, exact })}\n\n`;
}

/** No event: only the place up to which the reader has everything. */
export function placeFrame(id: string): string {
  return `id: ${id}\n\n`;
}

/** `retry` is how long a browser waits before it comes back. */
export const OPENING = "retry: 1000\n: connected\n\n";
export const HEARTBEAT = ": heartbeat\n\n";

/** A comment: for whoever reads along. */
export function commentFrame(text: string): string {
  return `: ${text.replaceAll(/[\r\n]+/g, " ")}\n\n`;
}

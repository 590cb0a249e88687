/** The services behind the gateway. In the demo the first ten of them misbehave; the others are well all the time. */
export const SERVICES = Array.from({ length: 20 }, (_, n) => `s${String(n + 1).padStart(2, "0")}`);

export const CALL_LIMIT = 100;
/** Requests that may wait for permits. */
export const WAIT_LIMIT = 200;

/** What a client asks for: some services that are well, all there are, or one. */
export const KINDS = ["healthy", "all", "one"] as const;
export type Kind = (typeof KINDS)[number];

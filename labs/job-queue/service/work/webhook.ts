import { Agent } from "undici";
import { z } from "zod";
import { PermanentError, type Work } from "./work.ts";

export interface WebhookOptions {
  /** "https://example.org": whoever may be called. Otherwise any client could have the service ask its own network. */
  readonly origins: readonly string[];
  /** Connections to one origin. */
  readonly connections: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

/**
 * Calls somebody: `{"url": "https://example.org/hook", "body": {…}}`. It is called at least once; the header
 * `Idempotency-Key` is the same each time, so that the other side can see to the rest.
 */
export function webhookWork({ origins, connections, timeoutMs }: WebhookOptions): Work & AsyncDisposable {
  const agent = new Agent({ connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  const schema = webhookSchema(origins);
  return {
    schema,
    async run(input, { id, signal, log }) {
      const { url, body } = schema.parse(input);
      const { origin, pathname, search } = new URL(url);
      const answer = await agent.request({
        origin,
        path: pathname + search,
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": id },
        body: JSON.stringify(body ?? null),
        signal,
      });
      await answer.body.dump();
      log.debug({ status: answer.statusCode }, "called");
      checkStatus(answer.statusCode, origin);
      return { status: answer.statusCode };
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

function webhookSchema(origins: readonly string[]) {
  const error = `must be an address that begins with one of ${origins.join(", ")}`;
  return z.strictObject(
    {
      url: z
        .string({ error })
        .max(2_048, { error: "must have at most 2048 characters", abort: true })
        .refine(
          (text) => {
            const url = URL.parse(text);
            return url !== null && origins.includes(url.origin) && url.username + url.password === "";
          },
          { error },
        ),
      body: z.json({ error: "must be JSON" }).optional(),
    },
    { error: 'must be an object like {"url": "https://example.org/hook"}' },
  );
}

/** What the other side may think better of: that it is busy, or broken. */
const MAY_PASS = [408, 425, 429];

function checkStatus(status: number, origin: string): void {
  if (status >= 200 && status < 300) return;
  const message = `Cannot call ${origin}: it must answer with a status from 200 to 299, got ${status}`;
  if (status >= 500 || MAY_PASS.includes(status)) throw new Error(message);
  throw new PermanentError(message);
}

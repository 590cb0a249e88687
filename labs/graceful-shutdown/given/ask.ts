import { once } from "node:events";
import { type Agent, request as open } from "node:http";
import { text } from "node:stream/consumers";

/**
 * - `answered`: the whole answer has come
 * - `cut`: the server had taken the request, and the whole answer has not come
 * - `reset`: nothing came back but the end of the connection
 * - `refused`: there was no connection to be had
 */
export type RequestOutcome = "answered" | "cut" | "reset" | "refused";

/** Whether its connection is open, and free for a request. */
export function isConnected({ freeSockets }: Agent): boolean {
  return Object.values(freeSockets).some((sockets) => sockets?.some(({ destroyed }) => !destroyed));
}

/** Sends one request. Never rejects: what became of it is told. */
export async function ask({
  port,
  path,
  body,
  agent,
  isWhole = () => true,
}: {
  readonly port: number;
  readonly path: string;
  readonly body?: string | undefined;
  readonly agent: Agent;
  readonly isWhole?: ((answer: string) => boolean) | undefined;
}): Promise<{ readonly outcome: RequestOutcome; readonly status?: number | undefined }> {
  const request = open({ host: "127.0.0.1", port, path, agent, method: body === undefined ? "GET" : "POST" });
  let wasTaken = false;
  request.on("information", () => {
    wasTaken = true;
  });
  request.on("error", () => {}); // Also one that comes after the head of the answer, which `text` tells of.
  request.end(body);
  try {
    const [response] = await once(request, "response");
    wasTaken = true;
    const answer = await text(response);
    return { outcome: isWhole(answer) ? "answered" : "cut", status: response.statusCode };
  } catch (error) {
    if (wasTaken) return { outcome: "cut" };
    return { outcome: isRefusal(error) ? "refused" : "reset" };
  }
}

const isRefusal = (error: unknown) =>
  error instanceof Error && "code" in error && error.code === "ECONNREFUSED";

import type {
  Admission,
  AdmissionControl,
  AdmissionOptions,
  Handler,
  HttpRequest,
  HttpResponse,
  Priority,
} from "../contract.ts";
import { ClientGoneError } from "./errors.ts";
import { checkCount } from "./options.ts";

/** Counts who is in flight, and tells the others at once to come back later: nobody waits here, so no queue can grow. */
export class CountedAdmission implements AdmissionControl {
  readonly #places: Readonly<Record<Priority, number>>;
  readonly #maxRetryAfterSeconds: number;
  readonly #random: () => number;
  #inFlight = 0;

  constructor({ limit, keptForHigh, maxRetryAfterSeconds = 1, random = Math.random }: AdmissionOptions) {
    checkCount("create an admission", "limit", limit, 1);
    checkCount("create an admission", "keptForHigh", keptForHigh, 0, limit - 1);
    checkCount("create an admission", "maxRetryAfterSeconds", maxRetryAfterSeconds, 1);
    this.#places = { high: limit, normal: limit - keptForHigh };
    this.#maxRetryAfterSeconds = maxRetryAfterSeconds;
    this.#random = random;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  enter(priority: Priority): Admission {
    return this.#inFlight < this.#places[priority] ? this.#admit() : this.#refuse();
  }

  #admit(): Admission {
    this.#inFlight += 1;
    let isInside = true;
    const leave = () => {
      if (isInside) this.#inFlight -= 1;
      isInside = false;
    };
    return { admitted: true, leave };
  }

  #refuse(): Admission {
    const isFull = this.#inFlight >= this.#places.high;
    // Spread out: those who are refused together would otherwise all come back in the same second.
    const retryAfterSeconds = 1 + Math.floor(this.#random() * this.#maxRetryAfterSeconds);
    return { admitted: false, status: isFull ? 503 : 429, retryAfterSeconds };
  }

  guard<Q extends HttpRequest, S extends HttpResponse>(handle: Handler<Q, S>) {
    return async (request: Q, response: S): Promise<void> => {
      const admission = this.enter(request.headers["x-priority"] === "high" ? "high" : "normal");
      if (!admission.admitted) {
        response.writeHead(admission.status, { "Retry-After": String(admission.retryAfterSeconds) });
        response.end();
        return;
      }
      try {
        await whileConnected(response, (signal) => handle(request, response, { signal }));
      } finally {
        admission.leave(); // Not when the client leaves: its work takes capacity until it has ended.
      }
    };
  }
}

/** Runs `work` under a signal that aborts when the client leaves before it has its answer. */
async function whileConnected(
  response: HttpResponse,
  work: (signal: AbortSignal) => void | PromiseLike<void>,
): Promise<void> {
  const client = new AbortController();
  const close = () => {
    if (!response.writableFinished) client.abort(new ClientGoneError());
  };
  response.on("close", close);
  try {
    await work(client.signal);
  } finally {
    response.off("close", close);
  }
}

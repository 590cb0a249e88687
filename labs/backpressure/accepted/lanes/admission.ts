import type { Admission, AdmissionControl, AdmissionOptions, Priority } from "../../contract.ts";
import { checkWhole, isThenable } from "./checks.ts";
import { ClientGoneError } from "./errors.ts";

export function createAdmission(options: AdmissionOptions): AdmissionControl {
  const { limit, keptForHigh, maxRetryAfterSeconds = 1, random = Math.random } = options;
  checkWhole("limit", limit, 1);
  checkWhole("keptForHigh", keptForHigh, 0, limit - 1);
  checkWhole("maxRetryAfterSeconds", maxRetryAfterSeconds, 1);
  let inFlight = 0;

  function enter(priority: Priority): Admission {
    if (inFlight >= (priority === "high" ? limit : limit - keptForHigh)) {
      const status = inFlight >= limit ? 503 : 429;
      return { admitted: false, status, retryAfterSeconds: 1 + Math.floor(random() * maxRetryAfterSeconds) };
    }
    inFlight += 1;
    let inside = true;
    return {
      admitted: true,
      leave() {
        if (!inside) return;
        inside = false;
        inFlight -= 1;
      },
    };
  }

  return {
    enter,

    get inFlight() {
      return inFlight;
    },

    guard(handle) {
      return async (request, response) => {
        const admission = enter(request.headers["x-priority"] === "high" ? "high" : "normal");
        if (!admission.admitted) {
          response.writeHead(admission.status, { "Retry-After": String(admission.retryAfterSeconds) });
          response.end();
          return;
        }
        const controller = new AbortController();
        const closed = () => {
          if (!response.writableFinished) controller.abort(new ClientGoneError());
        };
        try {
          response.on("close", closed);
          const handling: unknown = handle(request, response, { signal: controller.signal });
          if (isThenable(handling)) await handling;
        } finally {
          admission.leave();
          response.off("close", closed);
        }
      };
    },
  };
}

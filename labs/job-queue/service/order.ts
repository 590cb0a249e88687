import { z } from "zod";
import type { JobType } from "../contract.ts";
import type { JobLog } from "./job-log.ts";
import type { Work } from "./work/work.ts";

/**
 * What is stored as the payload of a job: what was asked for, and by which request. A job may run days later, in another
 * process, and its log lines still say whose it is.
 */
export interface Order {
  readonly requestId: string;
  readonly input: unknown;
}

const orderSchema = z.object({ requestId: z.string(), input: z.unknown() });

export const orderOf = (payload: unknown): Order => orderSchema.parse(payload);

/** The same, where it may be anything: jobs in the file may have been stored by others. */
export function readOrder(payload: unknown): Order {
  return orderSchema.safeParse(payload).data ?? { requestId: "", input: payload };
}

/** A type of the service as a type of the queue. */
export function jobType(name: string, work: Work, log: JobLog): JobType {
  return {
    schema: {
      parse(payload) {
        const { requestId, input } = orderOf(payload);
        return { requestId, input: work.schema.parse(input) } satisfies Order;
      },
    },
    run: async (payload, context) => {
      const { requestId, input } = orderOf(payload);
      return await log.during({ ...context, type: name, requestId }, (lines) =>
        work.run(input, { ...context, log: lines }),
      );
    },
  };
}

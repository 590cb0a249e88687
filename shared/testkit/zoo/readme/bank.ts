export { createBank } from "../schedules/bank.fixed.ts";

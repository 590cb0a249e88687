export { createPool } from "../schedules/pool.fixed.ts";

export { atomic as click } from "../threads/counters.ts";

import * as answer from "#lab";
import type { Lab } from "../contract.ts";

/** What is judged: the attempt, the reference, or whatever else `#lab` stands for in this run. */
export const lab: Lab = answer;

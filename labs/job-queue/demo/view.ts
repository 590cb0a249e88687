import { styleText } from "node:util";
import { count, duration, grouped } from "@pattern-labs/demo";
import type { CourseView } from "./course.ts";

const BAR_WIDTH = 46;

/** What matters stands to the left: at 50 columns only the rest is cut. */
export function liveView(course: CourseView): string {
  const { ledger, hook, options } = course;
  const { kills } = ledger;
  const inHand = kills.reduce((sum, kill) => sum + kill.inHand.length, 0);
  const doneSince = kills.reduce(
    (sum, kill) => sum + kill.inHand.filter((id) => ledger.completed.has(id)).length,
    0,
  );
  const up = course.upSince;
  const service =
    up === undefined
      ? styleText("yellow", "starts")
      : `up for ${duration(performance.now() - up)}, process ${course.pid}`;
  return [
    styleText("bold", titleOf(course)),
    "",
    `  ${bar(course)}`,
    `  ${countsOf(course)}`,
    "",
    `  service   ${service}`,
    `  kill -9   ${grouped(kills.length)} of ${grouped(options.kills)}; ${grouped(inHand)} jobs were in hand, ${grouped(doneSince)} of them done since`,
    `  handlers  ${grouped(ledger.begun)} begun for ${grouped(ledger.acknowledged.size)} jobs`,
    `  webhook   ${grouped(hook.done.size)} done once, ${grouped(hook.repeated)} asked for again`,
  ].join("\n");
}

/** The same for a log. */
export function plainLine(course: CourseView): string {
  const { ledger, options } = course;
  return `${countsOf(course)}, killed ${grouped(ledger.kills.length)} of ${count(options.kills, "time")}`;
}

export function titleOf({ options: { jobs, kills } }: CourseView): string {
  return `Job queue: ${count(jobs, "job")}, and kill -9 ${count(kills, "time")} on the way`;
}

function countsOf({ ledger, options: { jobs } }: CourseView): string {
  const waiting = Math.max(0, ledger.acknowledged.size - ledger.completed.size - ledger.inHand);
  const toCome = Math.max(0, jobs - ledger.acknowledged.size);
  return `${grouped(ledger.completed.size)} completed, ${grouped(ledger.inHand)} in hand, ${grouped(waiting)} waiting, ${grouped(toCome)} to come`;
}

function bar({ ledger, options: { jobs } }: CourseView): string {
  const columns = (part: number) => Math.round((BAR_WIDTH * part) / jobs);
  const done = columns(ledger.completed.size);
  const stored = Math.max(0, columns(ledger.acknowledged.size) - done);
  const toCome = Math.max(0, BAR_WIDTH - done - stored);
  return `${styleText("green", "█".repeat(done))}${styleText("cyan", "▓".repeat(stored))}${styleText("dim", "░".repeat(toCome))}`;
}

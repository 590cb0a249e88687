import { Recorder, type RecorderOptions } from "./recorder.ts";

/** A recorder whose time goes on only when it is told to. */
export function stopped(options: RecorderOptions = {}) {
  let now = 0;
  const recorder = new Recorder({ now: () => now, clock: "simulated", ...options });
  const pass = (ms: number) => {
    now += ms;
  };
  return { recorder, pass };
}

/** Two pages at once where one may be, a retry, a close: a little of everything. */
export function crawl(title = "crawl"): Recorder {
  const { recorder, pass } = stopped({ title, limits: { pages: 1 } });
  recorder.queued("pages", "/c");
  const a = recorder.begin("pages", "running", "/a", { retries: 1 });
  const b = recorder.begin("pages", "running", "/b");
  pass(50);
  recorder.end(a, "failed", new Error("503"));
  recorder.end(b);
  const c = recorder.begin("pages", "running", "/c");
  pass(30);
  recorder.mark("close", "stop");
  recorder.end(c);
  const again = recorder.begin("pages", "running", "/a", { retries: 1 });
  pass(20);
  recorder.end(again);
  return recorder;
}

/** Names that break what is not escaped. */
export const NASTY = [
  `</script><img src=x onerror="alert(1)">`,
  "a & b < c > d \" e ' f",
  "first line\nsecond line\r\n\tthird",
  "\x1b[31mred\x1b[0m \x07\x00\x08",
  "漢字かな交じり文のとても長い名前がここに入ります",
  "👩‍👩‍👧‍👦 é e\u0301 \u202egnp.exe\u202c",
  "half \ud83d of an emoji \udc00",
  "x".repeat(3_000),
  "]]> <!-- --> \u2028 $& $1 $`",
  "__proto__",
  "",
];

/** Everything that has a name has a nasty one. */
export function nastyRecorder(): Recorder {
  const { recorder, pass } = stopped({
    title: NASTY.join(" "),
    limits: Object.fromEntries(NASTY.map((n) => [n, 1])),
  });
  for (const name of NASTY) {
    recorder.queued(name, name);
    const span = recorder.begin(name, "running", name, { retries: 1 });
    recorder.begin(name, "running", `${name}!`);
    pass(10);
    recorder.end(span, "failed", new Error(name));
    recorder.level(`level of ${name}`, 2);
    recorder.mark(name, "stop");
    recorder.phase(name, () => {});
  }
  return recorder;
}

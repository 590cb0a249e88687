import { commandLine, flag, type Given, option, pictureFile, text, wholeNumber } from "@pattern-labs/demo";

const options = {
  jobs: option("<n>", "how many (default 2000)", wholeNumber(1, 20_000).default(2_000)),
  kills: option(
    "<n>",
    "how often the service is killed on the way (default 10)",
    wholeNumber(0, 1_000).default(10),
  ),
  folder: option(
    "<folder>",
    "whose files are gzipped (default: some of its own)",
    text("a folder").optional(),
  ),
  concurrency: option("<n>", "jobs at once (default 10)", wholeNumber(1, 100).default(10)),
  lease: option(
    "<ms>",
    "for which a worker has a job (default 2000)",
    wholeNumber(100, 600_000).default(2_000),
  ),
  serve: flag("only the service, for curl"),
  port: option("<n>", "with --serve (default: any that is free)", wholeNumber(0, 65_535).optional()),
  data: option(
    "<folder>",
    "with --serve: where the jobs stay (default: nowhere)",
    text("a folder").optional(),
  ),
  json: flag("print JSON instead of words"),
  picture: option("<file>", "leave a picture of the run: .html, .svg or .json", pictureFile().optional()),
};

export type DemoOptions = Given<typeof options>;

export const demoLine = commandLine({
  does: "Sends real jobs to the service, kills it again and again, and counts what they have done.",
  options,
  idle: [
    ["port", "idle without", "serve"],
    ["data", "idle without", "serve"],
    ...(["jobs", "kills", "json", "picture"] as const).map((name) => [name, "idle with", "serve"] as const),
  ],
  notes: `Three of four jobs gzip a file, the fourth calls a webhook that is busy now and
then, and whose answers get lost. The service is ended by SIGKILL, and started
again on the same store.

With --serve --port 8080, in another terminal:

  curl -i localhost:8080/jobs -H 'Idempotency-Key: "one"' \\
    --json '{"type":"gzip","payload":{"path":"file-001.log"}}'
  curl localhost:8080/jobs/ID
  curl localhost:8080/jobs/ID/result
  curl -X DELETE localhost:8080/jobs/ID            # 409: it has ended
  curl 'localhost:8080/jobs?state=completed&limit=2'
  curl localhost:8080/jobs --json '{"type":"gzip","payload":{"path":"../x"}}'
  curl localhost:8080/metrics

Ctrl-C stops and counts what is done. Exit status: 0; 1 if a job was lost or an
effect was not there once; 2 for a bad option; 130 after Ctrl-C.

All settings of the service: npx node service/main.ts --help`,
});

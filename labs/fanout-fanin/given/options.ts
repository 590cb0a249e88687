import {
  commandLine,
  flag,
  type Given,
  option,
  outputFile,
  pictureFile,
  text,
  wholeNumber,
} from "@pattern-labs/demo";

const options = {
  folder: option(
    "<folder>",
    "whose files to hash (default: 50,000 small files, made for this and removed)",
    text("the name of a folder").optional(),
  ),
  files: option(
    "<n>",
    "how many files to make, without --folder (default 50000)",
    wholeNumber(0, 1_000_000).default(50_000),
  ),
  concurrency: option(
    "<n>",
    "how many files may be open at once (default 16)",
    wholeNumber(1, 10_000).default(16),
  ),
  ordered: flag("in the order of the names found (challenge ordered)"),
  threads: option("<n>", "hash on so many threads (challenge threads)", wholeNumber(1, 64).optional()),
  batch: option(
    "<n>",
    "how many files go to a thread in one message (default 64)",
    wholeNumber(1, 10_000).default(64),
  ),
  out: option(
    "<file>",
    "where to write the checksums (without --folder they are tried out and removed)",
    outputFile().optional(),
  ),
  check: flag("let sha256sum check them (without --folder it always does)"),
  json: flag("print JSON instead of lines"),
  picture: option(
    "<file>",
    "draw who read what when: a page (.html), an image (.svg) or a trace (.json)",
    pictureFile().optional(),
  ),
};

/** The command line of the tree hasher. */
export const hasherLine = commandLine({
  does: "Takes the SHA-256 of every file of a folder, and of all folders in it, with the answer to this lab.",
  options,
  idle: [
    ["files", "idle with", "folder"],
    ["check", "idle without", "out"],
    ["batch", "idle without", "threads"],
    ["ordered", "idle with", "threads"],
    ["concurrency", "idle with", "threads"],
  ],
  notes: `Links are not followed; what is no file is left alone. The names in the file of checksums are relative to the
folder: sha256sum --check reads it there.

Ctrl-C stops and prints what there is; a second one ends at once.
Exit status: 0, 1 if a file or folder could not be read or the answer is wrong, 2 for a bad option, 130 after Ctrl-C.`,
});

/** What the demo was asked to do on the command line. */
export type DemoOptions = Given<typeof options>;

export { type ByteName, byteNameOf, shown, shownName, toBytes, tryPathOf } from "./byte-name.ts";
export { makeTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
export { type OtherKind, type WalkOptions, walkFiles } from "./walk-files.ts";
export { whyUnreadable } from "./why-unreadable.ts";

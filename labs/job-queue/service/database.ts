import * as sqlite from "node:sqlite";

/** Renamed in newer releases of Node. */
export const Database =
  (sqlite as { readonly Database?: typeof sqlite.DatabaseSync }).Database ?? sqlite.DatabaseSync;

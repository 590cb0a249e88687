import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const CUSTOMERS = 9;

/** The last customer books so much that no request for it can be answered in time. */
const PIECES = [12, 14, 16, 18, 20, 22, 24, 26, 160];
const PIECE_BYTES = 16_384;

/** Writes what each customer has booked to `ledgers/` below the folder, and makes room for drafts. */
export async function writeLedgers(folder: string): Promise<void> {
  await Promise.all(["ledgers", "drafts"].map((name) => mkdir(join(folder, name))));
  for (const [index, pieces] of PIECES.entries()) {
    await writeFile(join(folder, "ledgers", `${index + 1}.csv`), bookings(pieces * PIECE_BYTES));
  }
}

const LINE_BYTES = 31;

/** Lines, no two alike. */
function bookings(bytes: number): string {
  const line = (n: number) =>
    `${String(n).padStart(10, "0")},${String((n * 7_919) % 1e9).padStart(12, "0")},EUR,ok\n`;
  return Array.from({ length: Math.floor(bytes / LINE_BYTES) }, (_, n) => line(n)).join("");
}

/** Why a file could not be opened or read, in words for a list of files: "it has vanished". */
export function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it took too long";
  return REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? error.message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it has vanished",
  ENOTDIR: "it has vanished",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "it is a link now",
  ENXIO: "it is no file any more",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENAMETOOLONG: "its path is too long for the system",
  EIO: "the disk could not read it",
};

/** What a child process is told to do: one strategy of one workload, once. */
export interface Assignment {
  readonly file: string;
  readonly workload: number;
  readonly strategy: number;
  readonly task: Task;
}

export type Task =
  | { readonly kind: "count" }
  | { readonly kind: "measure"; readonly timeMs: number }
  | { readonly kind: "profile"; readonly what: ProfileKind; readonly timeMs: number; readonly path: string };

export type ProfileKind = "cpu" | "heap";

/** What it answers. */
export type Reply =
  | { readonly kind: "failed"; readonly failure: string }
  | ({ readonly kind: "counted" } & Counts)
  | { readonly kind: "measured"; readonly nsPerOperation: number }
  | { readonly kind: "profiled"; readonly files: readonly string[] };

/** What one run took up, beyond what its process took before it. */
export interface Counts {
  readonly peakInFlight?: number | undefined;
  readonly heapMb: number;
  readonly rssMb: number;
}

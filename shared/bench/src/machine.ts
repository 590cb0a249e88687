import { availableParallelism, cpus } from "node:os";

/** Where numbers were measured: enough to judge them, and nothing that names anybody's machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly system: string;
}

export function thisMachine(): Machine {
  const model = cpus()[0]?.model.trim() ?? "";
  return {
    cpu: model === "" || model === "unknown" ? process.arch : model,
    cores: availableParallelism(),
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
  };
}

export function describeMachine({ cpu, cores, node, system }: Machine): string {
  return `Node ${node} · ${cpu}, ${cores} ${cores === 1 ? "core" : "cores"} · ${system}`;
}

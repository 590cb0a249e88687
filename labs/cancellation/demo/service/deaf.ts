import type { Lab, Scope } from "../../contract.ts";

/** The same answer, and nobody tells its scopes anything: what a service does that passes no signal on. */
export function deaf(lab: Lab): Lab {
  return { ...lab, openScope: ({ values } = {}) => deafScope(lab.openScope({ values })) };
}

function deafScope(scope: Scope): Scope {
  const own: Scope = {
    signal: scope.signal,
    deadline: scope.deadline,
    values: scope.values,
    start: (task) => scope.start(() => task(own)),
    child: ({ values } = {}) => deafScope(scope.child({ values })),
    cancel() {},
    defer: (task, options) => scope.defer(task, options),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
  return own;
}

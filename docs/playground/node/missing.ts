/** Stands for an export of Node's that a browser has nothing like: it may be imported, and throws once it is used. */
export function missing(module: string, name?: string): unknown {
  const fail = () => {
    const what = name === undefined ? module : `${name} of ${module}`;
    throw new Error(`A browser has no ${what}: play this part with Node, by lab test or lab demo`);
  };
  return new Proxy(class {}, {
    apply: fail,
    construct: fail,
    get: (target, key) => (key in target || typeof key === "symbol" ? Reflect.get(target, key) : fail()),
  });
}

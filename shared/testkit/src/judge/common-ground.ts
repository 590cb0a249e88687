/** What all programs that run in one process share, and one can spoil for the next. */
export interface CommonGround {
  /** The functions and objects that the language and Node come with, and what stands in each. */
  readonly globals: ReadonlyMap<object, Properties>;
  /** The environment variables, and how many listen to each event of `process`. */
  readonly process: readonly string[];
}

type Properties = ReadonlyMap<PropertyKey, unknown>;

/** How it is just now. */
export function commonGround(): CommonGround {
  return {
    globals: new Map(globalObjects().map((object) => [object, propertiesOf(object)])),
    process: [
      ...Object.entries(process.env).map(([name, value]) => `process.env.${name}=${value}`),
      ...process.eventNames().map((event) => `${process.listenerCount(event)} on ${String(event)}`),
    ],
  };
}

/** @throws {Error} If anything is not what it was `before`. */
export function expectUnchanged(before: CommonGround): void {
  const now = commonGround();
  const changes = [
    ...now.process.filter((line) => !before.process.includes(line)),
    ...before.process.filter((line) => !now.process.includes(line)),
    ...[...before.globals].flatMap(([object, properties]) => changed(properties, propertiesOf(object))),
  ];
  if (changes.length > 0) throw new Error(`It changed what all share: ${changes.join(", ")}`);
}

function changed(before: Properties, now: Properties): string[] {
  const keys = new Set([...before.keys(), ...now.keys()]);
  return [...keys].filter((key) => now.get(key) !== before.get(key)).map(String);
}

function globalObjects(): object[] {
  const values = [...propertiesOf(globalThis).values()].filter((value) => typeof value === "function");
  const prototypes = values
    .map(({ prototype }) => prototype)
    .filter((prototype) => prototype instanceof Object);
  return [
    globalThis,
    Math,
    JSON,
    Reflect,
    Atomics,
    process,
    console,
    Object.prototype,
    ...values,
    ...prototypes,
  ];
}

/** Those that are functions, or read by one: whatever else a program may note down in an object is its own affair. */
function propertiesOf(object: object): Properties {
  const properties = new Map<PropertyKey, unknown>();
  for (const key of Reflect.ownKeys(object)) {
    const { value, get } = Object.getOwnPropertyDescriptor(object, key) ?? {};
    const it = typeof value === "function" ? value : get;
    if (it !== undefined) properties.set(key, it);
  }
  return properties;
}

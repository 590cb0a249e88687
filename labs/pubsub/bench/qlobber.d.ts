/** It comes without types: as much of it as the bench uses. */
declare module "qlobber" {
  export class Qlobber<T> {
    constructor(options: {
      readonly separator: string;
      readonly wildcard_one: string;
      readonly wildcard_some: string;
    });
    add(pattern: string, value: T): this;
    match(topic: string): T[];
  }
}

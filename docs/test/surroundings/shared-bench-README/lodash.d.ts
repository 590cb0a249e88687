/** The rival in the example: it need not be installed to compile it. */
declare module "lodash" {
  const lodash: {
    sum(numbers: readonly number[]): number;
    range(from: number, to: number): number[];
  };
  export default lodash;
}

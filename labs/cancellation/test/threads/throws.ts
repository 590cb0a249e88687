export default function compute(message: string): never {
  throw new RangeError(message);
}

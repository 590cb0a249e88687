/** Its types describe another form of it than the one that Node loads: there the function is one level deeper. */
export async function loadMitt() {
  const { default: mitt } = await import("mitt");
  return mitt as unknown as typeof mitt.default;
}

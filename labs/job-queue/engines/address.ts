/** What the address of an engine's server must be and is not; undefined if all is well. */
export function ruleBrokenBy(url: string): string | undefined {
  const { protocol = "", hostname, pathname = "" } = URL.parse(url) ?? {};
  if (!/^(rediss?|postgres(ql)?):$/.test(protocol))
    return "must be a URL that begins with redis:, rediss:, postgres: or postgresql:";
  if (hostname === "") return "must name a host";
  if (protocol.startsWith("redis") && !/^\/?\d*$/.test(pathname))
    return "must have nothing behind the host but the number of a database";
  return undefined;
}

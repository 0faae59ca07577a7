/**
 * The first of so many ports in a row that nobody listens at, for whoever has to be told one. Below those that connections go out by, and
 * that others are given who ask for any: until it is used nobody comes upon it but by the same chance.
 */
export function freePort(count = 1): number {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * (22_000 - count));
    try {
      for (let i = 0; i < count; i++)
        Bun.listen({ port: first + i, hostname: "127.0.0.1", exclusive: true, socket: { data() {} } }).stop(true);
      return first;
    } catch {
      // Others, then.
    }
  }
}

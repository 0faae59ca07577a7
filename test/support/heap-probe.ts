import { heapStats } from "bun:jsc";

/** Loaded before a program under test: says on stderr, at SIGUSR2, what is left after all garbage is collected. */
process.on("SIGUSR2", async () => {
  for (let i = 0; i < 3; i++) {
    Bun.gc(true);
    await Bun.sleep(10);
  }
  const { heapSize, objectTypeCounts } = heapStats();
  const timers = objectTypeCounts.Timeout ?? 0;
  process.stderr.write(`kept: ${JSON.stringify({ heapMegabytes: heapSize / 2 ** 20, timers })}\n`);
});

import { heapStats } from "bun:jsc";

/** Timers that are set: objects of those that are over are there until they are collected, which nobody knows when. */
const timers = new Set<unknown>();
const { setTimeout: later, setInterval: often, clearTimeout: forget, clearInterval: stop } = globalThis;
const set = <T>(timer: T): T => {
  timers.add(timer);
  return timer;
};
type Act = (...told: unknown[]) => void;
const own = {
  setTimeout(act: Act, ms?: number, ...told: unknown[]) {
    const timer = later(() => {
      timers.delete(timer);
      act(...told);
    }, ms);
    return set(timer);
  },
  setInterval: (act: Act, ms?: number, ...told: unknown[]) => set(often(act, ms, ...told)),
  clearTimeout(timer?: Timer) {
    timers.delete(timer);
    forget(timer);
  },
  clearInterval(timer?: Timer) {
    timers.delete(timer);
    stop(timer);
  },
};
Object.assign(globalThis, own);

/** Loaded before a program under test: says on stderr, at SIGUSR2, what is left after all garbage is collected. */
process.on("SIGUSR2", async () => {
  for (let i = 0; i < 3; i++) {
    Bun.gc(true);
    await Bun.sleep(10);
  }
  const { heapSize } = heapStats();
  process.stderr.write(`kept: ${JSON.stringify({ heapMegabytes: heapSize / 2 ** 20, timers: timers.size })}\n`);
});

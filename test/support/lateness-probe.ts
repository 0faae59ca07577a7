/** Loaded before a program under test: says on stderr, at SIGUSR2, how late its loop came to a timer in 1 of 100 times since the last time, in milliseconds. */
const TICK_MS = 2;
let last = performance.now();
let late: number[] = [];
setInterval(() => {
  const now = performance.now();
  late.push(Math.max(0, now - last - TICK_MS));
  last = now;
}, TICK_MS).unref();
process.on("SIGUSR2", () => {
  const sorted = late.sort((a, b) => a - b);
  process.stderr.write(`late by ${(sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(1)} ms\n`);
  late = [];
});

export {};

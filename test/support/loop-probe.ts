/**
 * Loaded before a program under test: says on stderr, at SIGUSR2, for how long its loop was held up at the worst since
 * the last time, in milliseconds.
 */
const TICK_MS = 2;
let last = performance.now();
let worst = 0;
const look = () => {
  const now = performance.now();
  worst = Math.max(worst, now - last - TICK_MS);
  last = now;
};
setInterval(look, TICK_MS).unref();
process.on("SIGUSR2", () => {
  look();
  process.stderr.write(`loop held up for ${worst.toFixed(1)} ms\n`);
  worst = 0;
});

/**
 * Until when each Node gets updates, the last day of it: https://github.com/nodejs/Release#release-schedule, as of 2026-11-26.
 * Those before have had theirs; of later ones nothing is known.
 */
const LAST_DAYS = new Map([
  [20, "2026-04-30"],
  [21, "2024-06-01"],
  [22, "2027-04-30"],
  [23, "2025-06-01"],
  [24, "2028-04-30"],
  [25, "2026-06-01"],
]);
const FIRST = Math.min(...LAST_DAYS.keys());

/** What is to be said of a Node (`v20.1.0`) on a day (`2026-11-26`), absent where it still gets updates: it only launches, so nothing is stopped by it. */
export function wordOnNode(version, today) {
  const major = Number(/^v(\d+)\./.exec(version)?.[1]);
  const last = LAST_DAYS.get(major);
  if (!(major < FIRST) && (last === undefined || today <= last)) return undefined;
  const since = last === undefined ? "" : ` since ${last}`;
  return `Node ${version} is at its end of life${since}, and what is found in it stays in it: it only launches the gateway, but install a later one.`;
}

/** Says it on stderr, where there is something to say. */
export function tellOfNode() {
  const word = wordOnNode(process.version, new Date().toISOString().slice(0, 10));
  if (word !== undefined) process.stderr.write(`headgate: ${word}\n`);
}

/** One of several who would do equally well. */
export interface Weighed {
  readonly name?: string | undefined;
  /** How often it comes first, against the others; 1 where nobody says. Zero: only when no other is left. */
  readonly weight?: number;
}

/**
 * The order in which to try them: each comes first as often as its weight says, over many seeds. The same seed gives the
 * same order. An exponential race: https://en.wikipedia.org/wiki/Reservoir_sampling#Algorithm_A-ExpJ
 */
export function drawn<W extends Weighed>(all: readonly W[], seed: string): readonly W[] {
  if (all.length < 2) return all;
  const arrivals = all.map((one) => ({ one, at: arrival(one, seed) }));
  return arrivals.toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map(({ one }) => one);
}

function arrival({ name = "", weight = 1 }: Weighed, seed: string): number {
  return weight === 0 ? Number.POSITIVE_INFINITY : -Math.log(chance(seed, name)) / weight;
}

/** A number above 0 and up to 1, evenly spread over seeds and names. */
function chance(seed: string, name: string): number {
  let hash = 0x811c9dc5;
  for (const text of [seed, "\u0000", name]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 1) / 2 ** 32;
}

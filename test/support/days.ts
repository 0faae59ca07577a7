const DAY_MS = 86_400_000;

/** Yesterday and tomorrow by UTC, as reports are asked for them: what is done meanwhile is between them, at midnight as well. */
export function aroundToday(): [from: string, to: string] {
  const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10));
  return [from!, to!];
}

import type { GenerationRow } from "./generations.ts";

const HOUR_MS = 3_600_000;

/** By what rows are summed up; empty for what a row does not say. */
const DIMENSIONS = ["hour", "key_id", "team", "model", "provider", "byok", "zdr", '"user"', "tags"] as const;
const SUMS = ["requests", "errors", "cost", "input", "cache_read", "cache_write", "output", "reasoning"] as const;

type Values = (string | number)[];

function dimensionsOf(row: GenerationRow): Values {
  const { createdAt, keyId, team, model, provider, byok, zdr, user, tags } = row;
  const hour = Math.floor(createdAt / HOUR_MS);
  return [hour, keyId, team ?? "", model ?? "", provider ?? "", Number(byok), Number(zdr), user ?? "", tags ?? ""];
}

function sumsOf({ error, cost, input, cacheRead, cacheWrite, output, reasoning }: GenerationRow): number[] {
  return [
    1,
    error === null ? 0 : 1,
    cost ?? 0,
    input ?? 0,
    cacheRead ?? 0,
    cacheWrite ?? 0,
    output ?? 0,
    reasoning ?? 0,
  ];
}

/** What a group of rows adds to the sums of their hours: the values of {@link ROLL_UP}, in one order. */
export function rolledUp(rows: readonly GenerationRow[]): Values[] {
  const all = new Map<string, { dimensions: Values; sums: number[] }>();
  for (const row of rows) {
    const dimensions = dimensionsOf(row);
    const key = dimensions.join("\n");
    const known = all.get(key);
    if (known === undefined) all.set(key, { dimensions, sums: sumsOf(row) });
    else for (const [i, value] of sumsOf(row).entries()) known.sums[i]! += value;
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { dimensions, sums }]) => [...dimensions, ...sums]);
}

const COLUMNS = [...DIMENSIONS, ...SUMS];

export const ROLL_UP = `INSERT INTO rollups (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT (${DIMENSIONS.join(", ")}) DO UPDATE SET ${SUMS.map((sum) => `${sum} = rollups.${sum} + excluded.${sum}`).join(", ")}`;

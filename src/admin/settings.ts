import type { Config } from "../config/schema.ts";
import { type Origins, settingsOf } from "../config/settings.ts";
import type { Soon } from "../store/database.ts";
import type { Settings } from "./contract.ts";

/** What is the same as long as the process lives. */
export interface SettingsParts {
  readonly config: Config;
  /** Absent where a program embeds the gateway. */
  readonly origins: Origins | undefined;
  readonly version: string;
  /** Bytes that the database has. */
  size(): Soon<number>;
}

/** What is in force, and where each value comes from. No secret is told. */
export async function settingsReport({ config, origins, version, size }: SettingsParts): Promise<Settings> {
  const { ledger, database, data, admin } = config;
  const inMemory = database === undefined && data === ":memory:";
  return {
    object: "settings",
    version,
    runtime: `bun ${process.versions.bun}`,
    started_at: new Date(performance.timeOrigin).toISOString(),
    file: origins?.file ?? null,
    is_locked: admin === "locked",
    database: {
      engine: database === undefined ? "sqlite" : "postgres",
      bytes: inMemory ? null : await sizeIf(size),
    },
    retention: {
      requests_days: ledger.keep_days,
      bodies_days: ledger.keep_bodies_days,
      sums_days: ledger.keep_sums_days,
      megabytes: ledger.keep_megabytes ?? null,
    },
    // All of it is read once, when the gateway starts.
    settings: settingsOf(config, origins).map((one) => ({ ...one, needs_restart: true })),
  };
}

/** What is in force is asked for when the database is away, above all. */
async function sizeIf(size: SettingsParts["size"]): Promise<number | null> {
  try {
    return await size();
  } catch {
    return null;
  }
}

import type { Database } from "bun:sqlite";

/** What the installation remembers about itself, by name. */
export class SettingStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  get(name: string): string | undefined {
    return this.database.query<{ value: string }, [string]>("SELECT value FROM settings WHERE name = ?").get(name)
      ?.value;
  }

  set(name: string, value: string): void {
    this.database
      .query("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .run(name, value);
  }
}

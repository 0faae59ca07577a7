import { after, type Database, type Soon, type Statement } from "./database.ts";

/** What the installation remembers about itself, by name. */
export class SettingStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  get(name: string): Soon<string | undefined> {
    const found = this.database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", [name]);
    return after(found, ([row]) => row?.value);
  }

  /** Sets it unless it is set. @returns what it is by now */
  keep(name: string, value: string): Soon<string> {
    const sql = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING";
    return after(this.database.batch([{ sql, values: [name, value] }]), () =>
      after(this.get(name), (kept) => kept ?? value),
    );
  }

  /** @param along is done in the same breath */
  set(name: string, value: string, along: readonly Statement[] = []): Soon<void> {
    const sql =
      "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    return after(this.database.batch([{ sql, values: [name, value] }, ...along]), () => undefined);
  }
}

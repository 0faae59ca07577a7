import { ulid } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import type { AlarmRow } from "../store/alarms.ts";
import type { Soon } from "../store/database.ts";

/** A provider that has lost its mind says so a thousand times a second: more than these in a minute tell nothing new. */
const MOST = 60;
const MINUTE_MS = 60_000;

/** Tells, for whoever looks, what somebody should look into. Nobody waits for it. */
export class Alarms {
  private readonly shelf: { add(row: AlarmRow): Soon<void> };
  private readonly complain: (id: string, cause: unknown) => void;
  private readonly now: () => number;
  private minute = -1;
  private raised = 0;

  /** @param now Unix milliseconds */
  constructor(
    shelf: { add(row: AlarmRow): Soon<void> },
    complain: (id: string, cause: unknown) => void,
    now: () => number = Date.now,
  ) {
    this.shelf = shelf;
    this.complain = complain;
    this.now = now;
  }

  raise(kind: string, target: string, detail: JsonObject): void {
    const createdAt = this.now();
    const minute = Math.floor(createdAt / MINUTE_MS);
    if (minute !== this.minute) this.raised = 0;
    this.minute = minute;
    if (++this.raised > MOST) return;
    this.add({ id: `alarm_${ulid(createdAt)}`, createdAt, kind, target, detail: JSON.stringify(detail) });
  }

  private async add(row: AlarmRow): Promise<void> {
    try {
      await this.shelf.add(row);
    } catch (thrown) {
      this.complain(row.target, thrown);
    }
  }
}

import { checkTeam } from "../config/key.ts";
import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import type { Soon, Statement } from "../store/database.ts";
import type { TeamRow } from "../store/teams.ts";
import { type Log, unlogged } from "./audit.ts";
import { again, alone, changing, type Renewed } from "./beside.ts";
import { invalid, mustBe, timeOf } from "./key-told.ts";

/** Where they are kept. */
export interface TeamShelf {
  all(): Soon<TeamRow[]>;
  find(id: string): Soon<TeamRow | undefined>;
  insert(row: TeamRow, along: readonly Statement[]): Soon<void>;
  change(row: TeamRow, before: TeamRow, along: readonly Statement[]): Soon<boolean>;
  hasKeys(id: string): Soon<boolean>;
  remove(id: string, along: readonly Statement[]): Soon<boolean>;
}

/** Groups of keys: what is spent by one of them counts for the budget of all. */
export class Teams {
  private readonly shelf: TeamShelf;
  private readonly renewed: Renewed | undefined;

  /** @param renewed where others change the budgets as well that go with one */
  constructor(shelf: TeamShelf, renewed?: Renewed) {
    this.shelf = shelf;
    this.renewed = renewed;
  }

  all(): Soon<TeamRow[]> {
    return this.shelf.all();
  }

  /** @throws GatewayError `not_found` */
  async find(id: string): Promise<TeamRow> {
    const row = (await this.has(id)) ? await this.shelf.find(id) : undefined;
    if (row === undefined) throw nothing(id);
    return row;
  }

  async has(id: string): Promise<boolean> {
    return /^team_[0-9A-Z]{26}$/.test(id) && (await this.shelf.find(id)) !== undefined;
  }

  /** @throws GatewayError `invalid_request` */
  async make(told: JsonObject, nowMs: number, log: Log = unlogged): Promise<TeamRow> {
    const row = { id: `team_${ulid(nowMs)}`, ...columnsOf(told), createdAt: nowMs };
    await this.shelf.insert(row, log("team.create", row.id, { after: shownTeam(row) }));
    return row;
  }

  /** Changes some members; `null` takes one away. @throws GatewayError `not_found`, `invalid_request` */
  async adjust(id: string, members: JsonObject, log: Log = unlogged): Promise<TeamRow> {
    return again(async () => {
      const before = await this.find(id);
      const all = Object.entries({ ...membersOf(before), ...members }).filter(([, value]) => value !== null);
      const row = { ...before, ...columnsOf(Object.fromEntries(all)) };
      const said = log("team.change", id, { before: shownTeam(before), after: shownTeam(row) });
      return (await this.shelf.change(row, before, said)) ? row : undefined;
    });
  }

  /** @param draw what of budgets goes with it @throws GatewayError `not_found`, or `invalid_request` where a key belongs to it */
  async remove(id: string, log: Log = unlogged, draw = alone): Promise<TeamRow> {
    return again(async () => {
      const row = await this.find(id);
      const beside = await draw();
      const { mark, take } = await changing(this.renewed, { budgets: beside.changes });
      const said = log("team.remove", id, { name: row.name });
      if (await this.shelf.remove(id, [...beside.statements, ...said, ...mark])) {
        take(() => beside.hold());
        return row;
      }
      if (await this.shelf.hasKeys(id))
        throw invalid("id", `Keys belong to the team ${id}: move them to another, or revoke them.`);
      return undefined;
    });
  }
}

export function shownTeam(row: TeamRow): JsonObject {
  return { id: row.id, object: "team", ...membersOf(row), created_at: timeOf(row.createdAt) };
}

function membersOf({ name, metadata }: TeamRow): JsonObject {
  return { name, ...(metadata === null ? {} : { metadata: JSON.parse(metadata) as JsonObject }) };
}

function columnsOf(told: JsonObject): Pick<TeamRow, "name" | "metadata"> {
  const { name, metadata } = mustBe(checkTeam(told));
  return { name, metadata: metadata === undefined ? null : JSON.stringify(metadata) };
}

function nothing(id: string): GatewayError {
  return new GatewayError("not_found", `There is no team ${JSON.stringify(id.slice(0, 200))}.`, { param: "id" });
}

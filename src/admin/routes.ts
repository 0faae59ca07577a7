import type { Key } from "../access/keys.ts";
import type { JsonObject } from "../core/json.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Standing } from "../gateway/standing.ts";
import type { Soon } from "../store/database.ts";
import type { AuditLog, Log, Note } from "./audit.ts";
import { AUDIT_ROUTES } from "./audit-routes.ts";
import { BUDGET_ROUTES } from "./budget-routes.ts";
import type { Budgets } from "./budgets.ts";
import type { Caller, Place } from "./caller.ts";
import { COMPATIBLE_BUDGET_ROUTES } from "./compatible-budget-routes.ts";
import { COMPATIBLE_KEY_ROUTES } from "./compatible-key-routes.ts";
import type { AdminRole, ListedModel, Preview, Settings } from "./contract.ts";
import { CORRECTION_ROUTES } from "./correction-routes.ts";
import { CREDENTIAL_ROUTES } from "./credential-routes.ts";
import type { Credentials } from "./credentials.ts";
import { DIRECTION_ROUTES } from "./direction-routes.ts";
import type { Directions } from "./directions.ts";
import type { Entrance } from "./entrance.ts";
import { EVENT_ROUTES } from "./event-routes.ts";
import type { Feed } from "./feed.ts";
import { healthReport } from "./health.ts";
import { KEY_ROUTES } from "./key-routes.ts";
import type { Keys } from "./keys.ts";
import { LEDGER_ROUTES } from "./ledger-routes.ts";
import { MODEL_ROUTES } from "./model-routes.ts";
import { patternOf, read } from "./path.ts";
import { PLAYGROUND_ROUTES } from "./playground-routes.ts";
import { PREVIEW_ROUTES } from "./preview-routes.ts";
import { SESSION_ROUTES } from "./session-routes.ts";
import { SETTING_ROUTES } from "./setting-routes.ts";
import { TEAM_ROUTES } from "./team-routes.ts";
import type { Teams } from "./teams.ts";
import { ok, type Told } from "./told.ts";

/** What the admin API is made of. */
export interface Admin extends Entrance {
  readonly directions: Directions;
  readonly keys: Keys;
  readonly teams: Teams;
  readonly credentials: Credentials;
  readonly budgets: Budgets;
  readonly audit: AuditLog;
  /** Nothing is changed by way of it: the configuration says so. */
  readonly isLocked: boolean;
  readonly insight: Insight;
  readonly feed: Feed;
  settings(): Promise<Settings>;
  /** By what this gateway and others know of one another. */
  mode(): JsonObject;
  /** How it stands with what it needs. */
  standing(): Standing;
  /** Whether it may be called so. */
  isHost(field: string): boolean;
}

/** How the gateway decides, by now. */
export interface Insight {
  /** What may be asked for. */
  models(): readonly ListedModel[];
  model(id: string): ListedModel | undefined;
  /** What would become of a chat completion. @throws GatewayError for what is none */
  preview(key: Key, body: JsonObject, atMs: number): Promise<Preview>;
}

/** The connection of who calls. */
export interface Line {
  /** It is kept for as long as the reply goes on: the runtime takes what is only written to for idle. */
  keep(): void;
  /** It is as others are again: for when all is said. */
  leave(): void;
  /** Closes it in a moment, whatever waits to be read. */
  cut(): void;
}

/** Who has something served as a client's request is. */
export interface Onlooker {
  /** Whether they are still let in; absent for who needs not ask. What they had asked ends with it. */
  readonly stays?: (() => Promise<boolean>) | undefined;
  /** Each attempt is told as it is made, in events of their own. */
  readonly hears?: boolean;
}

export interface AdminCall {
  /** As the ledger and the log know the request. */
  readonly requestId: string;
  readonly caller: Caller;
  readonly place: Place;
  readonly gateway: Gateway;
  readonly admin: Admin;
  readonly inFlight: number;
  readonly line: Line;
  /** Has the request served as a client's is, for this key. Its body is read by that alone. @throws GatewayError */
  infer(key: Key, onlooker: Onlooker): Promise<Response>;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** What of the path stands for `{id}`; empty where nothing does. */
  readonly id: string;
  /** What of the path stands for any name in braces. */
  readonly params: Readonly<Record<string, string>>;
  /** What stands behind the question mark. */
  readonly query: URLSearchParams;
  /** What writes down a change: it goes into the batch that makes it. */
  readonly log: Log;
  /** What it does that changes nothing here (`audit` in `audit.ts`). */
  readonly notes: Note[];
  /** Has written down, now and then, that somebody was refused who has shown something. */
  readonly refused: () => void;
  /** Empty where the route takes none. */
  readonly body: JsonObject;
}

/** One thing that can be done. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{id}` at its end stands for the rest of the path, any other name in braces for what is between two slashes. */
  readonly path: string;
  /**
   * Who may do it: an admin; a viewer as well, who sees everything but what people said, and changes and spends nothing; or anyone at all.
   * No key ever does.
   */
  readonly role: AdminRole | "anyone";
  readonly takesBody: boolean;
  /** Changes nothing here, although it is no GET. */
  readonly harmless?: true;
  /** Its body may be as large as a client's. */
  readonly takesMuch?: true;
  /** @throws GatewayError */
  answer(call: AdminCall): Soon<Told>;
}

/** Everything that can be done. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/health",
    role: "viewer",
    takesBody: false,
    answer: ({ gateway, admin, inFlight, atMs }) =>
      ok(healthReport(gateway, inFlight, atMs, admin.mode(), admin.standing())),
  },
  ...BUDGET_ROUTES,
  ...COMPATIBLE_BUDGET_ROUTES,
  ...DIRECTION_ROUTES,
  ...KEY_ROUTES,
  ...COMPATIBLE_KEY_ROUTES,
  ...TEAM_ROUTES,
  ...CREDENTIAL_ROUTES,
  ...AUDIT_ROUTES,
  ...LEDGER_ROUTES,
  ...CORRECTION_ROUTES,
  ...SESSION_ROUTES,
  ...MODEL_ROUTES,
  ...EVENT_ROUTES,
  ...PLAYGROUND_ROUTES,
  ...PREVIEW_ROUTES,
  ...SETTING_ROUTES,
];

/** Every path, those of which more is told first. */
const PATTERNS = [...new Set(ROUTES.map(({ path }) => path))].map(patternOf).sort((a, b) => b.told - a.told);

/** The routes at a path, one for each method, and what of it stands for the names in braces. */
export function routesAt(path: string): { routes: readonly Route[]; params: Readonly<Record<string, string>> } {
  for (const pattern of PATTERNS) {
    const params = read(pattern, path);
    if (params !== undefined) return { routes: ROUTES.filter((route) => route.path === pattern.path), params };
  }
  return { routes: [], params: {} };
}

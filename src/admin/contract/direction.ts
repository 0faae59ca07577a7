/** Where requests are led, as `/admin/routing-rules` and `/admin/virtual-models` take and tell it. */

interface Kept {
  readonly source: "api" | "configuration";
  /** It is changed where it stands. */
  readonly read_only: boolean;
  /** ISO 8601, of what was made here. */
  readonly created_at?: string;
  /** Why it does not hold. */
  readonly problem?: string;
}

/** What `POST /admin/routing-rules` takes; `PATCH` takes some of it. */
export interface ToldRule {
  /** Its name; one is given to a rule that comes without. */
  readonly id?: string;
  readonly type: "rewrite" | "deny";
  /** `creator/name`, or the beginning of names and a `*`. */
  readonly model: string;
  /** Of a rewrite: what is asked for instead. */
  readonly to?: string;
  /** Of a denial: told to clients. */
  readonly reason?: string;
  /** @default true */
  readonly enabled?: boolean;
  readonly description?: string;
}

/** What `POST /admin/routing-rules/{id}/move` takes: the id of another rule that was made here and that it is to stand before; `null` for the end. */
export interface MovedRule {
  readonly before: string | null;
}

/** As the list has it, in the order in which rules are looked at. */
export interface ListedRule extends ToldRule, Kept {
  readonly id: string;
  readonly enabled: boolean;
}

/** What `POST /admin/virtual-models` takes; `PATCH` takes some of it. One of `model`, `candidates` and `relay` is told. */
export interface ToldVirtualModel {
  /** `creator/name`; it cannot be changed. */
  readonly id: string;
  readonly model?: string;
  readonly candidates?: readonly { readonly model: string; readonly weight?: number }[];
  /** An address, as in `docs/configuration.md`, without secrets. */
  readonly relay?: { readonly base_url: string; readonly [member: string]: unknown };
  readonly selector?: "priority" | "weight" | "cost" | "ttft" | "tps";
  readonly requires?: readonly string[];
  readonly sticky?: "user";
  readonly provider_options?: Readonly<Record<string, object>>;
  readonly name?: string;
  readonly description?: string;
  /** @default "active" */
  readonly status?: "draft" | "active" | "archived";
  /** @default "public" */
  readonly visibility?: "public" | "internal" | "stealth";
}

export interface ListedVirtualModel extends ToldVirtualModel, Kept {
  readonly status: "draft" | "active" | "archived";
  readonly visibility: "public" | "internal" | "stealth";
}

/** Client keys and their teams, as the admin API takes and tells them. */

import type { ListedBudget } from "./budget.ts";

/** A client key, as `POST`, `PATCH` and `GET /admin/keys` tell it. What a policy does not say is absent. */
export interface ListedKey {
  readonly id: string;
  readonly object: "key";
  readonly name: string;
  /** Its first characters, by which people tell them apart. */
  readonly hint: string;
  readonly status: "active" | "disabled" | "expired" | "leaked" | "revoked";
  /** That of the environment is listed last; it is changed where it stands. */
  readonly source: "api" | "environment";
  readonly read_only: boolean;
  readonly owner: string | null;
  readonly team: string | null;
  readonly disabled: boolean;
  /** ISO 8601, as all times here. */
  readonly expires_at: string | null;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly revoked_at: string | null;
  readonly leaked_at: string | null;
  /** Until when the secret before its last rotation opens as well. */
  readonly previous_until: string | null;
  readonly models?: readonly string[];
  readonly providers?: readonly string[];
  readonly zero_data_retention?: boolean;
  readonly no_training?: boolean;
  readonly hipaa?: boolean;
  readonly limits?: {
    readonly requests_per_minute?: number | null;
    readonly tokens_per_minute?: number | null;
    readonly concurrent_streams?: number | null;
  };
  readonly hedge?: boolean;
  readonly user?: { readonly required?: boolean; readonly fixed?: string };
  readonly entity?: { readonly required?: boolean; readonly fixed?: string };
  readonly tags?: {
    readonly required?: boolean;
    readonly fixed?: readonly string[];
    readonly allowed?: readonly string[];
    readonly most?: number;
  };
  readonly keep_bodies?: boolean;
  readonly metadata?: object;
  /** The one that it has, where it has one; all of them stand in `budgets`, as `/admin/budgets` tells them. */
  readonly budget: ListedBudget | null;
  readonly budgets: readonly ListedBudget[];
  /** The secret: when it is made, and when it is rotated. */
  readonly key?: string;
}

export interface KeyPage {
  readonly object: "list";
  readonly data: readonly ListedKey[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}

/** When a key was last used, as `GET /admin/key-uses?id=…&id=…` tells it, of a hundred keys at the most. */
export interface KeyUse {
  readonly id: string;
  /** The hour, UTC, as in `2026-01-31T13`; `null` where it was not, as far back as sums are kept. */
  readonly last_hour: string | null;
}

export interface KeyUses {
  readonly object: "list";
  readonly data: readonly KeyUse[];
  readonly has_more: false;
  readonly next: null;
}

/** A group of keys. */
export interface ListedTeam {
  readonly id: string;
  readonly object: "team";
  readonly name: string;
  readonly metadata?: object;
  readonly created_at: string;
}

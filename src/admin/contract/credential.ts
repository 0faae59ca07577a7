/** Accounts at providers, and whoever could answer, as the admin API takes and tells them. */

/** An account at a provider. Its secret is told to nobody. */
export interface ProviderCredential {
  readonly provider: string;
  /** By which it is found: its provider has no other of that name. `default` where the configuration gives it none. */
  readonly name: string;
  readonly source: "api" | "configuration" | "environment";
  /** It is changed where it stands. */
  readonly read_only: boolean;
  /** How often it is asked first, against its provider's others. */
  readonly weight: number;
  readonly zero_data_retention: boolean;
  readonly no_training: boolean;
  readonly hipaa: boolean;
  readonly regions: readonly string[] | null;
  /** Of one that was entered here, by which people tell them apart. */
  readonly hint?: string | null;
  /** Of one that was entered here: where it is, as far as that was told. */
  readonly base_url?: string;
  readonly region?: string;
  readonly project?: string;
  readonly location?: string;
  /** ISO 8601 */
  readonly created_at?: string;
  readonly updated_at?: string;
  /** Why it is not asked. */
  readonly problem?: string;
}

/** Whoever could answer. */
export interface ListedProvider {
  readonly name: string;
  readonly title: string;
  /** The vendor's page. */
  readonly docs: string | null;
  readonly base_url: string | null;
  /** How it is shown who asks: by a key; by AWS's access keys, or a key; by Google's service accounts, or a key; or not at all. */
  readonly authentication: "key" | "aws" | "google_cloud" | "none";
  /** Environment variables that may hold its key, the usual one first. */
  readonly variables: readonly string[];
  /** Everybody has an address of their own there, and nobody told it yet: a credential must. */
  readonly needs_base_url: boolean;
  /** Of one that has several regions, the one where nothing else is told. */
  readonly usual_region: string | null;
  /** How many models it has by the catalogue and the configuration. */
  readonly models: number;
  readonly credentials: readonly ProviderCredential[];
}

/** What came of trying a credential. */
export interface CredentialTrial {
  readonly ok: boolean;
  readonly model: string;
  /** As the provider answered, where it did. */
  readonly status: number | null;
  readonly duration_ms: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What `POST /admin/providers/{provider}/credentials/{id}/models` tells: the models that a server of the operator's own lists. */
export interface ServedModels {
  readonly object: "list";
  /** By its own names. */
  readonly data: readonly { readonly id: string }[];
  readonly has_more: false;
  readonly next: null;
}

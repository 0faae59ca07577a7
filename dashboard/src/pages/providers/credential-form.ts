import type { ListedProvider, ProviderCredential } from "../../../../src/admin/contract.ts";
import { changedMembers } from "../../ui/json-text.ts";

/** How one shows who asks. */
export type Way = "key" | "access_key" | "service_account" | "none";

/** A credential as it is filled in. Secrets are empty for one that is there: nobody is shown them. */
export interface CredentialForm {
  readonly name: string;
  readonly weight: string;
  readonly way: Way;
  readonly apiKey: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly credentialsJson: string;
  readonly baseUrl: string;
  readonly region: string;
  readonly project: string;
  readonly location: string;
  /** `usual` is what the provider tells everybody. */
  readonly zeroDataRetention: Stated;
  readonly noTraining: Stated;
  readonly hipaa: boolean;
  readonly regions: readonly string[];
}

/** What a contract says, where it is told. */
export type Stated = "usual" | "yes" | "no";

export const WAYS: Readonly<Record<Way, string>> = {
  key: "API key",
  access_key: "Access key (AWS)",
  service_account: "Service account (Google Cloud)",
  none: "Nothing",
};

/** The ways that a provider takes, the usual one first. */
export function waysOf({ authentication }: ListedProvider): readonly Way[] {
  if (authentication === "aws") return ["key", "access_key"];
  if (authentication === "google_cloud") return ["service_account", "key"];
  return authentication === "none" ? ["none", "key"] : ["key"];
}

export function newForm(provider: ListedProvider): CredentialForm {
  return {
    name: "",
    weight: "1",
    way: waysOf(provider)[0]!,
    apiKey: "",
    accessKeyId: "",
    secretAccessKey: "",
    sessionToken: "",
    credentialsJson: "",
    baseUrl: "",
    region: "",
    project: "",
    location: "",
    zeroDataRetention: "usual",
    noTraining: "usual",
    hipaa: false,
    regions: [],
  };
}

/** One that is there, to be changed. What its contract says is as it holds: whether that was told, or is the provider's, is not known. */
export function formOf(provider: ListedProvider, one: ProviderCredential): CredentialForm {
  return {
    ...newForm(provider),
    name: one.name,
    weight: String(one.weight),
    way: one.hint === "service account" ? "service_account" : waysOf(provider)[0]!,
    baseUrl: one.base_url ?? "",
    region: one.region ?? "",
    project: one.project ?? "",
    location: one.location ?? "",
    zeroDataRetention: one.zero_data_retention ? "yes" : "no",
    noTraining: one.no_training ? "yes" : "no",
    hipaa: one.hipaa,
    regions: one.regions ?? [],
  };
}

/** What is sent of one that is made. */
export function toldCredential(form: CredentialForm): Record<string, unknown> {
  return present({ ...termsOf(form), ...secretOf(form) });
}

/** What is sent of one that is changed: what is another now, and `null` for what is gone. Of secrets nothing, unless one was typed. */
export function toldChange(before: CredentialForm, after: CredentialForm): Record<string, unknown> {
  const secret = secretOf(after, after.way === "none" && isElsewhere(before, after) ? "new" : "kept");
  return { ...changedMembers(present(termsOf(before)), present(termsOf(after))), ...present(secret) };
}

/** Whether the secret is dropped unless one is told: it was entered for another place. */
export function dropsSecret(before: CredentialForm, after: CredentialForm): boolean {
  const isTold = after.way === "none" || Object.keys(present(secretOf(after, "kept"))).length > 0;
  return isElsewhere(before, after) && !isTold;
}

function isElsewhere(before: CredentialForm, after: CredentialForm): boolean {
  const place = ({ baseUrl, region, project, location }: CredentialForm) =>
    JSON.stringify([baseUrl, region, project, location].map((one) => one.trim()));
  return place(before) !== place(after);
}

function termsOf(form: CredentialForm) {
  return {
    name: form.name.trim(),
    // What is no number the gateway refuses in its own words.
    weight: form.weight.trim() === "" ? undefined : numberOr(form.weight),
    base_url: form.baseUrl.trim(),
    region: form.region.trim(),
    project: form.project.trim(),
    location: form.location.trim(),
    zero_data_retention: statedOf(form.zeroDataRetention),
    no_training: statedOf(form.noTraining),
    hipaa: form.hipaa ? true : undefined,
    regions: form.regions.length === 0 ? undefined : form.regions,
  };
}

/** @param which of one that is kept, an empty field leaves it as it is */
function secretOf(form: CredentialForm, which: "new" | "kept" = "new"): Record<string, unknown> {
  switch (form.way) {
    case "key":
      return { api_key: form.apiKey.trim() };
    case "access_key":
      return {
        access_key_id: form.accessKeyId.trim(),
        secret_access_key: form.secretAccessKey.trim(),
        session_token: form.sessionToken.trim(),
      };
    case "service_account":
      return { credentials_json: form.credentialsJson.trim() };
    case "none":
      return which === "kept" ? {} : { api_key: "none" };
  }
}

function statedOf(stated: Stated): boolean | undefined {
  return stated === "usual" ? undefined : stated === "yes";
}

function numberOr(text: string): number | string {
  const value = Number(text.trim());
  return Number.isFinite(value) ? value : text;
}

function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ""));
}

import type { ListedKey } from "../../../../src/admin/contract.ts";
import { type BudgetForm, budgetForm, toldBudget } from "../../ui/budget-words.ts";
import { ownFault } from "../../ui/faults.ts";
import { changedMembers, jsonText, objectOf } from "../../ui/json-text.ts";

export const LIMITS = ["requests_per_minute", "tokens_per_minute", "concurrent_streams"] as const;
export type LimitName = (typeof LIMITS)[number];
/** As for every key, none at all, or so much. */
export type LimitForm = { readonly how: "usual" | "none" } | { readonly how: "most"; readonly most: string };

/** Who a request is for, as far as the key says: what the request says, which it must, or always the same. */
export interface WhoForm {
  readonly how: "free" | "required" | "fixed";
  readonly fixed: string;
}

/** A key as it is filled in. */
export interface KeyForm {
  readonly name: string;
  readonly owner: string;
  readonly team: string;
  /** In the viewer's zone, as `datetime-local` has it; empty for never. */
  readonly expires: string;
  readonly models: readonly string[];
  readonly providers: readonly string[];
  readonly zero_data_retention: boolean;
  readonly no_training: boolean;
  readonly hipaa: boolean;
  readonly limits: Readonly<Record<LimitName, LimitForm>>;
  readonly hedge: "asked" | "usually" | "never";
  readonly user: WhoForm;
  readonly entity: WhoForm;
  readonly tags: {
    readonly required: boolean;
    readonly fixed: readonly string[];
    readonly allowed: readonly string[];
    readonly most: string;
  };
  readonly keep_bodies: boolean;
  readonly metadata: string;
  /** `null`: nothing of its own limits it. */
  readonly budget: BudgetForm | null;
}

/** @param key the one that is changed; a new one without it */
export function formOf(key?: ListedKey): KeyForm {
  const limitOf = (name: LimitName): LimitForm => {
    const value = key?.limits?.[name];
    return value === undefined
      ? { how: "usual" }
      : value === null
        ? { how: "none" }
        : { how: "most", most: `${value}` };
  };
  const whoOf = (who: ListedKey["user"]): WhoForm => ({
    how: who?.fixed !== undefined ? "fixed" : who?.required === true ? "required" : "free",
    fixed: who?.fixed ?? "",
  });
  return {
    name: key?.name ?? "",
    owner: key?.owner ?? "",
    team: key?.team ?? "",
    expires: key?.expires_at == null ? "" : localTime(new Date(key.expires_at)),
    models: key?.models ?? [],
    providers: key?.providers ?? [],
    zero_data_retention: key?.zero_data_retention ?? false,
    no_training: key?.no_training ?? false,
    hipaa: key?.hipaa ?? false,
    limits: {
      requests_per_minute: limitOf("requests_per_minute"),
      tokens_per_minute: limitOf("tokens_per_minute"),
      concurrent_streams: limitOf("concurrent_streams"),
    },
    hedge: key?.hedge === undefined ? "asked" : key.hedge ? "usually" : "never",
    user: whoOf(key?.user),
    entity: whoOf(key?.entity),
    tags: {
      required: key?.tags?.required ?? false,
      fixed: key?.tags?.fixed ?? [],
      allowed: key?.tags?.allowed ?? [],
      most: key?.tags?.most === undefined ? "" : `${key.tags.most}`,
    },
    keep_bodies: key?.keep_bodies ?? false,
    metadata: jsonText(key?.metadata),
    budget: key?.budget == null ? null : budgetForm(key.budget),
  };
}

/** What `POST /admin/keys` takes: without what is as usual. @throws ApiError that names the member */
export function toldOf(form: KeyForm): Record<string, unknown> {
  if (form.name.trim() === "") throw ownFault("name", "Give it a name, by which people know it.");
  const limits: Record<string, number | null> = {};
  for (const name of LIMITS) {
    const limit = form.limits[name];
    if (limit.how === "none") limits[name] = null;
    if (limit.how === "most") limits[name] = wholeOf(limit.most, `limits.${name}`);
  }
  const { tags } = form;
  const metadata = objectOf(form.metadata, "metadata");
  return {
    name: form.name.trim(),
    ...(form.owner.trim() === "" ? {} : { owner: form.owner.trim() }),
    ...(form.team === "" ? {} : { team: form.team }),
    ...(form.expires === "" ? {} : { expires_at: new Date(form.expires).toISOString() }),
    ...listOf("models", form.models),
    ...listOf("providers", form.providers),
    ...flagsOf(form, "zero_data_retention", "no_training", "hipaa"),
    ...someOf("limits", limits),
    ...(form.hedge === "asked" ? {} : { hedge: form.hedge === "usually" }),
    ...someOf("user", whoTold(form.user, "user")),
    ...someOf("entity", whoTold(form.entity, "entity")),
    ...someOf("tags", {
      ...flagsOf(tags, "required"),
      ...listOf("fixed", tags.fixed),
      ...listOf("allowed", tags.allowed),
      ...(tags.most === "" ? {} : { most: wholeOf(tags.most, "tags.most") }),
    }),
    ...flagsOf(form, "keep_bodies"),
    ...(metadata === undefined ? {} : { metadata }),
    ...(form.budget === null ? {} : { budget: toldBudget(form.budget, "budget.") }),
  };
}

/** What `PATCH` takes so that the key becomes what is filled in: what nobody touched is not said. @throws ApiError that names the member */
export function changesOf(key: ListedKey, form: KeyForm): Record<string, unknown> {
  return changedMembers(toldOf(formOf(key)), toldOf(form));
}

/** What is filled in, once the key has become another meanwhile: whatever nobody touched here is as it is now. */
export function rebased(form: KeyForm, before: ListedKey, now: ListedKey): KeyForm {
  const [was, is] = [formOf(before), formOf(now)];
  const isTouched = (name: keyof KeyForm) => JSON.stringify(form[name]) !== JSON.stringify(was[name]);
  const touched = (Object.keys(form) as (keyof KeyForm)[]).filter(isTouched);
  return { ...is, ...Object.fromEntries(touched.map((name) => [name, form[name]])) };
}

function whoTold({ how, fixed }: WhoForm, param: string): Record<string, unknown> {
  if (how === "free") return {};
  if (how === "required") return { required: true };
  if (fixed.trim() === "") throw ownFault(`${param}.fixed`, "Say who it always is.");
  return { fixed: fixed.trim() };
}

function flagsOf<Name extends string>(of: Readonly<Record<Name, boolean>>, ...names: readonly Name[]) {
  return Object.fromEntries(names.filter((name) => of[name]).map((name) => [name, true]));
}

function listOf(name: string, values: readonly string[]): Record<string, unknown> {
  return values.length === 0 ? {} : { [name]: values };
}

function someOf(name: string, members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.keys(members).length === 0 ? {} : { [name]: members };
}

function wholeOf(text: string, param: string): number {
  const told = text.trim().replaceAll(",", "").replaceAll("_", "");
  if (!/^\d+$/.test(told)) throw ownFault(param, "This must be a whole number.");
  return Number(told);
}

/** `2026-11-26T05:00`, in the viewer's zone. */
export function localTime(at: Date): string {
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = `${`${at.getFullYear()}`.padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

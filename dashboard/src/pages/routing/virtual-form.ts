import type { ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { ownFault } from "../../ui/faults.ts";
import { jsonText, objectOf } from "../../ui/json-text.ts";

export interface CandidateForm {
  readonly model: string;
  /** Empty where none is told. */
  readonly weight: string;
}

/** A virtual model as it is filled in. */
export interface VirtualForm {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly kind: "model" | "candidates" | "relay";
  readonly model: string;
  readonly candidates: readonly CandidateForm[];
  /** Empty: as is usual. */
  readonly selector: "" | NonNullable<ListedVirtualModel["selector"]>;
  readonly sticky: boolean;
  readonly relay: string;
  readonly requires: readonly string[];
  readonly options: string;
  readonly status: ListedVirtualModel["status"];
  readonly visibility: ListedVirtualModel["visibility"];
}

const NO_CANDIDATE: CandidateForm = { model: "", weight: "" };
const A_RELAY = { base_url: "http://10.0.0.5:8000/v1", upstream: "" };

export function virtualForm(one?: ListedVirtualModel): VirtualForm {
  const options = one?.provider_options ?? {};
  return {
    id: one?.id ?? "",
    name: one?.name ?? "",
    description: one?.description ?? "",
    kind: one?.candidates !== undefined ? "candidates" : one?.relay !== undefined ? "relay" : "model",
    model: one?.model ?? "",
    candidates: one?.candidates?.map(({ model, weight }) => ({
      model,
      weight: weight === undefined ? "" : `${weight}`,
    })) ?? [NO_CANDIDATE, NO_CANDIDATE],
    selector: one?.selector ?? "",
    sticky: one?.sticky === "user",
    relay: jsonText(one?.relay ?? A_RELAY),
    requires: one?.requires ?? [],
    options: Object.keys(options).length === 0 ? "" : jsonText(options),
    status: one?.status ?? "active",
    visibility: one?.visibility ?? "public",
  };
}

/** What `POST` takes, its name but for that where one is changed. @throws ApiError that names the member */
export function toldVirtual(form: VirtualForm): Record<string, unknown> {
  const { id, name, description, kind, selector, sticky, requires, status, visibility } = form;
  if (id.trim() === "") throw ownFault("id", "Say by which name it is asked for, such as vmc/support.");
  const options = objectOf(form.options, "provider_options");
  return {
    id: id.trim(),
    ...standsFor(form),
    ...(kind === "candidates" && selector !== "" ? { selector } : {}),
    ...(kind === "candidates" && sticky ? { sticky: "user" } : {}),
    ...(requires.length === 0 ? {} : { requires }),
    ...(options === undefined ? {} : { provider_options: options }),
    ...(name.trim() === "" ? {} : { name: name.trim() }),
    ...(description.trim() === "" ? {} : { description: description.trim() }),
    status,
    visibility,
  };
}

function standsFor({ kind, model, candidates, relay }: VirtualForm): Record<string, unknown> {
  if (kind === "model") {
    if (model.trim() === "") throw ownFault("model", "Say which model it stands for.");
    return { model: model.trim() };
  }
  if (kind === "relay") {
    const told = objectOf(relay, "relay");
    if (told === undefined) throw ownFault("relay", "Say at which address it is.");
    // What is left empty is not said: a name of its own is taken.
    return { relay: Object.fromEntries(Object.entries(told).filter(([, value]) => value !== "")) };
  }
  const filled = candidates.filter((one) => one.model.trim() !== "");
  if (filled.length === 0) throw ownFault("candidates", "Say which models it stands for.");
  return {
    candidates: filled.map(({ model: of, weight }) => ({
      model: of.trim(),
      ...(weight.trim() === "" ? {} : { weight: weightOf(weight) }),
    })),
  };
}

function weightOf(text: string): number {
  const weight = Number(text.trim());
  if (!Number.isFinite(weight) || weight < 0)
    throw ownFault("candidates", `"${text}" is no weight: a number from 0 on.`);
  return weight;
}

/** How often each is asked first, from 0 to 1; nothing where something else than weights decides. */
export function sharesOf({ candidates = [], selector }: ListedVirtualModel): readonly number[] | undefined {
  const isWeighed =
    selector === "weight" || (selector === undefined && candidates.some(({ weight }) => weight !== undefined));
  if (!isWeighed) return undefined;
  const weights = candidates.map(({ weight = 1 }) => weight);
  const all = weights.reduce((sum, one) => sum + one, 0);
  return all === 0 ? undefined : weights.map((one) => one / all);
}

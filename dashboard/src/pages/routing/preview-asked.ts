import type { AskedPreview } from "../../../../src/admin/contract.ts";
import { ownFault } from "../../ui/faults.ts";
import { objectOf } from "../../ui/json-text.ts";

/** What somebody would like to know the way of, as it stands in the address. */
export interface PreviewForm {
  readonly model: string;
  /** A key's id; empty for the playground's, which may do anything. */
  readonly key: string;
  readonly message: string;
  readonly max: string;
  readonly stream: boolean;
  readonly sort: string;
  readonly only: readonly string[];
  readonly zdr: boolean;
  /** Further members of the body, as JSON. */
  readonly more: string;
}

const MESSAGE = "Hello!";

/** @param all the values of a member of the address */
export function previewForm(all: (name: string) => readonly string[]): PreviewForm {
  const one = (name: string) => all(name)[0] ?? "";
  return {
    model: one("model"),
    key: one("key"),
    message: all("message")[0] ?? MESSAGE,
    max: one("max"),
    stream: one("stream") === "true",
    sort: one("sort"),
    only: all("only"),
    zdr: one("zdr") === "true",
    more: one("more"),
  };
}

/** As it stands in the address: what is as usual is left out. */
export function addressOf(form: PreviewForm): Record<string, string | readonly string[] | undefined> {
  const text = (value: string) => (value.trim() === "" ? undefined : value.trim());
  return {
    model: text(form.model),
    key: text(form.key),
    message: form.message === MESSAGE ? undefined : form.message,
    max: text(form.max),
    stream: form.stream ? "true" : undefined,
    sort: text(form.sort),
    only: form.only.length === 0 ? undefined : form.only,
    zdr: form.zdr ? "true" : undefined,
    more: text(form.more),
  };
}

/** What `POST /admin/preview` takes. @throws ApiError that names the member */
export function previewBody(form: PreviewForm): AskedPreview {
  if (form.model.trim() === "") throw ownFault("model", "Say which model is asked for.");
  const max = form.max.trim().replaceAll(",", "");
  if (max !== "" && !/^\d+$/.test(max)) throw ownFault("max_tokens", "This must be a whole number.");
  const { providerOptions, ...more } = objectOf(form.more, "more") ?? {};
  const gateway = {
    ...(form.sort === "" ? {} : { sort: form.sort }),
    ...(form.only.length === 0 ? {} : { only: form.only }),
    ...(form.zdr ? { zeroDataRetention: true } : {}),
  };
  const told = isObject(providerOptions) ? providerOptions : {};
  const options =
    Object.keys(gateway).length === 0
      ? providerOptions
      : { ...told, gateway: { ...gateway, ...(isObject(told.gateway) ? told.gateway : {}) } };
  return {
    model: form.model.trim(),
    messages: [{ role: "user", content: form.message }],
    ...(form.stream ? { stream: true } : {}),
    ...(max === "" ? {} : { max_tokens: Number(max) }),
    ...more,
    ...(options === undefined ? {} : { providerOptions: options }),
    ...(form.key === "" ? {} : { api_key_id: form.key }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

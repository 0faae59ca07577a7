import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask, Requirement } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { nearest } from "../core/near.ts";
import type { Choice, CredentialFacts } from "./choice.ts";
import { CANNOT, missingOf, NO_CREDENTIAL, NOT_OFFERED } from "./leg.ts";
import { OPTIONS } from "./option.ts";
import type { Skipped } from "./plan.ts";

/** The name that a provider has here. @throws GatewayError `invalid_request` for one nobody knows */
export function slugOf<C extends CredentialFacts>(choice: Choice<C>, name: string, option: string): string {
  const known = choice.slugs.get(name);
  if (known !== undefined) return known;
  const param = `${OPTIONS}.${option}`;
  const hint = meant(name, choice.slugs);
  const there = [...choice.credentials.keys()].sort().join(", ");
  throw new GatewayError(
    "invalid_request",
    `Nobody knows a provider ${JSON.stringify(name)} (${param}).${hint} Configured here: ${there || "none"}.`,
    { param },
  );
}

/** Of the model that is asked for. */
export function modelNotFound<C extends CredentialFacts>(choice: Choice<C>, model: string): GatewayError {
  const hint = meantModel(choice, model) || " Models are named creator/name; GET /v1/models lists them.";
  return new GatewayError("model_not_found", `Model ${JSON.stringify(model)} not found.${hint}`, {
    param: "model",
    model,
  });
}

/** A model may be asked for by its bare name, or as the one who serves it calls it: behind that provider's name or alone. */
export function meantModel<C extends CredentialFacts>(choice: Choice<C>, model: string): string {
  const asked = model.toLowerCase();
  const slash = asked.indexOf("/");
  const names = slash < 0 ? [asked] : [asked, asked.slice(slash + 1)];
  const host = slash < 0 ? undefined : choice.slugs.get(asked.slice(0, slash));
  const isAsked = (name: string) => names.includes(name.toLowerCase());
  for (const [id, endpoints] of choice.endpoints) {
    const match = endpoints.find(({ upstream }) => isAsked(upstream));
    if (match === undefined && !isAsked(id.slice(id.indexOf("/") + 1))) continue;
    const serves = host !== undefined && endpoints.some(({ provider }) => provider === host);
    const only = serves && !id.startsWith(`${host}/`) ? ` (with providerOptions.gateway.only: ["${host}"])` : "";
    return ` Did you mean "${id}"${only}?`;
  }
  return meant(model, choice.endpoints);
}

function meant(word: string, known: ReadonlyMap<string, unknown>): string {
  const near = nearest(word, known.keys());
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

/** Nobody is left, and what stood in each one's way. */
export class Nobody extends GatewayError {
  readonly skipped: readonly Skipped[];

  constructor(skipped: readonly Skipped[], ...told: ConstructorParameters<typeof GatewayError>) {
    super(...told);
    this.skipped = skipped;
  }
}

/** Nobody is left: says of each model who could serve it and what stood in the way. */
export function nobody<C extends CredentialFacts>(
  choice: Choice<C>,
  ask: Ask,
  skipped: readonly Skipped[],
): GatewayError {
  const served = skipped.filter(({ provider }) => provider !== undefined);
  const variables = [...new Set(served.flatMap(({ provider = "" }) => choice.variables.get(provider)?.[0] ?? []))];
  const set = variables.length === 0 ? "" : ` Set ${variables.slice(0, 5).join(" or ")}.`;
  if (choice.credentials.size === 0) {
    return new GatewayError("no_credentials", `No provider has a credential.${set} Or start with --simulate.`);
  }
  if (served.every(({ reason }) => reason === NO_CREDENTIAL)) {
    const message = `Model ${JSON.stringify(ask.model)} is known, but no provider that serves it has a credential here.${set}`;
    return new GatewayError("model_not_found", message, { param: "model", model: ask.model });
  }
  const asked = choice.endpoints.get(ask.model) ?? choice.byOwnName.get(ask.model);
  const missing = asked?.flatMap((endpoint) => missingOf(endpoint, ask)) ?? [];
  const other = missing.length > 0 ? ableModel(choice, ask) : undefined;
  const hint = other === undefined ? "" : ` ${JSON.stringify(other)} can.`;
  const reasons = skipped.map((one) => `${whoOf(one)}: ${one.reason}`);
  const able = served.some(
    ({ reason }) => reason !== NO_CREDENTIAL && !reason.startsWith(CANNOT) && !reason.startsWith(NOT_OFFERED),
  );
  const code = able ? "no_providers_available" : "unsupported";
  return new Nobody(
    skipped,
    code,
    `No provider can serve this request. ${reasons.join("; ")}.${hint}`,
    detailsOf(missing, ask),
  );
}

function whoOf({ model, provider, credential }: Skipped): string {
  if (provider === undefined) return model;
  return `${credential === undefined ? provider : `${provider}/${credential}`} for ${model}`;
}

/** Where in the body stands what the model cannot do. */
function detailsOf([first]: readonly Requirement[], { body }: Ask): { param?: string } {
  if (first === undefined) return {};
  return { param: first === "tools" ? first : body.messages === undefined ? "input" : "messages" };
}

/** A model that can, of the same maker if there is one, and alike in name. */
function ableModel<C extends CredentialFacts>({ endpoints, credentials }: Choice<C>, ask: Ask): string | undefined {
  const maker = ask.model.slice(0, ask.model.indexOf("/") + 1);
  const isAble = ({ provider, abilities, wires }: Endpoint) =>
    credentials.has(provider) &&
    wires[ask.operation] !== undefined &&
    ask.requires!.every((one) => abilities?.includes(one) === true);
  const able = [...endpoints].flatMap(([id, all]) => (all.some(isAble) ? [id] : []));
  const own = able.filter((id) => id.startsWith(maker));
  return nearest(ask.model, own) ?? own[0] ?? able[0];
}

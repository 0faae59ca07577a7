import type { KeyPolicy } from "../access/key-policy.ts";
import type { Ask } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, objectAt } from "../core/json.ts";
import { mustBeAllowed } from "../routing/direction.ts";
import type { Snapshot } from "./gateway.ts";
import { mayAsk } from "./key-rights.ts";

/** A request without what would ask others in its name, and what was left out. */
export interface Bare {
  readonly ask: Ask;
  readonly left: readonly string[];
}

/**
 * Models that a request names beside those that shall answer it are asked for as well: tools and plugins that a provider runs have a model
 * of their own (`advisor` of Anthropic's, `image_generation` of OpenAI's, those of OpenRouter's). A tool with one that may not be asked for is
 * left out where it was only offered: agents offer all they know of.
 * @throws GatewayError `denied_to_key`, `denied_by_rule` for any other
 */
export function withoutOthers(snapshot: Snapshot, policy: KeyPolicy | undefined, ask: Ask): Bare {
  if (policy?.models === undefined && snapshot.directory.rules.length === 0) return { ask, left: [] };
  const { body } = ask;
  const out = new Set<number>();
  for (const named of namedIn(body)) {
    const refusal = refusalOf(snapshot, policy, named, ask.model);
    if (refusal === undefined) continue;
    const [, at] = /^tools\[(\d+)\]/.exec(named.param) ?? [];
    if (at === undefined || !isOffered(body)) throw refusal;
    out.add(Number(at));
  }
  if (out.size === 0) return { ask, left: [] };
  const { tools, tool_choice: choice, ...rest } = body;
  const all = arrayAt(tools) ?? [];
  const kept = all.filter((_, at) => !out.has(at));
  const left = [...out].map((at) => String(objectAt(all[at])?.type).slice(0, 64));
  const others = kept.length === 0 ? {} : jsonObject({ tools: kept, tool_choice: choice });
  return { ask: { ...ask, body: { ...rest, ...others } }, left };
}

/** Whether tools are there to be used or not. */
function isOffered({ tool_choice: choice = "auto" }: JsonObject): boolean {
  return choice === "auto" || objectAt(choice)?.type === "auto";
}

function refusalOf(
  snapshot: Snapshot,
  policy: KeyPolicy | undefined,
  { name, param }: Named,
  model: string,
): GatewayError | undefined {
  for (const meant of meaningsOf(snapshot, name, model)) {
    if (policy?.models !== undefined && !mayAsk(snapshot, policy, meant)) {
      const message = `This key may not ask for ${JSON.stringify(name)}, which ${JSON.stringify(param)} names.`;
      return new GatewayError("denied_to_key", message, { param });
    }
    try {
      mustBeAllowed(snapshot.directory, meant);
    } catch (thrown) {
      return GatewayError.from(thrown);
    }
  }
  return undefined;
}

interface Named {
  readonly name: string;
  /** Where it stands. */
  readonly param: string;
}

/** What people and models said, what is only noted, and what the gateway reads itself. */
const ELSEWHERE = new Set(
  "model models messages input system instructions metadata prediction response_format text providerOptions provider prompt".split(
    " ",
  ),
);
/** Tools that the client runs itself. */
const OF_CLIENT: ReadonlySet<JsonValue | undefined> = new Set([undefined, "function", "custom"]);
/** Members whose value is a model, or several; a preset of OpenRouter's is a model with settings. */
const MODEL_MEMBER = /(^|_)models?$|^preset$/;

function namedIn(body: JsonObject): Named[] {
  const found: Named[] = [];
  for (const [member, value] of Object.entries(body)) if (!ELSEWHERE.has(member)) walk(value, member, found);
  // What is told for one provider is laid over the body that it gets.
  for (const [provider, options] of Object.entries(objectAt(body.providerOptions) ?? {})) {
    if (provider === "gateway" || !isObject(options)) continue;
    const at = `providerOptions.${provider}`;
    for (const [member, value] of Object.entries(options))
      if (!ELSEWHERE.has(member) || member === "models") walk(value, `${at}.${member}`, found);
  }
  return found;
}

/** @param param where the value stands; its last name says what it is */
function walk(value: JsonValue | undefined, param: string, found: Named[]): void {
  const member = param.slice(param.lastIndexOf(".") + 1).replace(/\[\d+\]$/, "");
  if (typeof value === "string") {
    if (MODEL_MEMBER.test(member)) found.push({ name: value, param });
  } else if (Array.isArray(value)) {
    value.forEach((one, at) => {
      if (!(member === "tools" && isObject(one) && OF_CLIENT.has(one.type))) walk(one, `${param}[${at}]`, found);
    });
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) walk(inner, `${param}.${name}`, found);
  }
}

/**
 * Full names that a name may stand for where a provider reads it; nobody tells which of them that is. What is called as nobody knows
 * is taken for one by the maker of the model that is asked for.
 */
function meaningsOf({ choice }: Snapshot, name: string, model: string): readonly string[] {
  // OpenRouter's way to say "the latest of these".
  if (name.includes("/")) return [name.replace(/^~/, "")];
  const meant = [...choice.byOwnName.values()].flatMap((all) => all.filter(({ upstream }) => upstream === name));
  if (meant.length === 0) return [`${model.slice(0, model.indexOf("/") + 1)}${name}`];
  return [...new Set(meant.map(({ model }) => model))];
}

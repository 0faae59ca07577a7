import { KeyRing } from "../access/keys.ts";
import { hint } from "../config/explain.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { isAsked, ruledOut } from "../gateway/allowed.ts";
import { guestsOf } from "../gateway/issuers.ts";
import { compileSnapshot } from "../gateway/snapshot.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, readOptions } from "./usage.ts";

export const check: Command = {
  means: "Check the configuration and tell who would serve what, without serving.",
  options: CONFIG_OPTIONS,
  async run(args) {
    const { config, file } = loadConfig(readOptions(args, CONFIG_OPTIONS), process.env);
    const snapshot = compileSnapshot({
      config,
      env: process.env,
      keys: new KeyRing("", new Map()),
      simulator: undefined,
    });
    const { choice } = snapshot;
    const { credentials, endpoints } = choice;
    const lines = [`Configuration: ${file ?? "defaults and environment"}: good.`, ""];
    for (const name of [...credentials.keys()].sort()) {
      const served = [...endpoints].flatMap(([model, offers]) =>
        offers.some(({ provider }) => provider === name) ? [model] : [],
      );
      const own = config.providers[name]?.models?.map(({ id }) => id) ?? [];
      lines.push(
        `${name}: ${served.length} models${own.length > 0 ? `, ${own.join(", ")} among them by configuration` : ""}${accountsOf(credentials.get(name)!)}`,
      );
      const rule = ruledOut(choice, name);
      if (rule !== undefined) lines.push(`  warning: it will not be asked: ${rule}`);
      if (served.length === 0)
        lines.push(`  warning: nobody can reach it; list its models under providers.${name}.models`);
    }
    for (const name of Object.keys(config.providers)) {
      if (!credentials.has(name))
        lines.push(
          `${name}: configured, but without api_key${wants(snapshot.choice.variables.get(name))}: it will not be asked`,
        );
    }
    if (credentials.size === 0)
      lines.push("No provider has a credential: on loopback, the built-in simulator would answer.");
    const reachable = [...endpoints.values()].filter((offers) =>
      offers.some(({ provider }) => isAsked(choice, provider)),
    );
    const unpriced = reachable.flat().filter(({ provider, price }) => credentials.has(provider) && price === undefined);
    const denied = [...endpoints.keys()].filter(
      (id) => !snapshot.models.has(id) && !snapshot.directory.virtual.has(id),
    );
    lines.push(
      "",
      `${reachable.length} models would be served${denied.length > 0 ? `, but for ${denied.length} that rules deny: ${names(denied)}` : ""}.`,
    );
    for (const { name, active, candidates } of snapshot.directory.virtual.values()) {
      const chosen = candidates.filter(({ missing }) => missing === undefined);
      const served = chosen.filter((one) =>
        reachable.some(([offer]) => offer!.model === snapshot.directory.canonical(one.name)),
      );
      const address = config.virtual_models[name]?.relay?.base_url;
      const ends = address === undefined ? names(chosen.map((one) => one.name)) : address;
      lines.push(`${name}: stands for ${ends}${active ? "" : ", and is not offered"}`);
      for (const one of candidates)
        if (one.missing !== undefined)
          lines.push(`  warning: ${one.name} is never chosen: it is not known to have ${one.missing.join(", ")}`);
      if (served.length === 0) lines.push("  warning: nobody would be asked");
    }
    const known = new Set([...endpoints.keys(), ...choice.byOwnName.keys(), ...snapshot.directory.virtual.keys()]);
    for (const { id, model } of snapshot.directory.rules) {
      const beginning = model.endsWith("*") ? model.slice(0, -1) : undefined;
      const isFor = (name: string) => (beginning === undefined ? name === model : name.startsWith(beginning));
      if (![...known].some(isFor))
        lines.push(
          `  warning: the routing rule ${id} is for nobody: no model is called ${model}${hint(model, endpoints.keys())}`,
        );
    }
    lines.push(...(await issuersOf(config)));
    if (unpriced.length > 0)
      lines.push(
        `${unpriced.length} endpoints have no price, so what they cost will not be known: ${names(unpriced.map(({ id }) => id))}`,
      );
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
};

/** Whether the keys can be had of those whose tokens are taken: they are asked, as a start would. */
async function issuersOf({ oidc }: Config): Promise<string[]> {
  const causes: string[] = [];
  const known = guestsOf({ oidc, complain: ({ message }) => causes.push(`  warning: ${message}`) });
  await known?.warm();
  const told = known?.guests.told() ?? [];
  return [...told.map(({ issuer, keys }) => `${issuer}: its tokens are taken, by ${keys} keys`), ...causes];
}

function wants(variables: readonly string[] | undefined): string {
  return variables === undefined || variables.length === 0 ? "" : ` (or ${variables[0]} in the environment)`;
}

/** Where there are several: who comes first how often. */
function accountsOf(all: readonly { name: string | undefined; weight: number }[]): string {
  if (all.length < 2) return "";
  return `, on ${all.length} accounts: ${all.map(({ name, weight }) => `${name} (${weight})`).join(", ")}`;
}

function names(ids: readonly string[]): string {
  return ids.slice(0, 5).join(", ") + (ids.length > 5 ? ", …" : "");
}

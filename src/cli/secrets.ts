import { loadConfig } from "../config/load.ts";
import { resealSecrets } from "../index.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, readOptions, UsageError } from "./usage.ts";

const { config, data } = CONFIG_OPTIONS;
const OPTIONS = { config, data };

export const secrets: Command = {
  means: "secrets reseal: seal everything under HEADGATE_SECRET that is still under HEADGATE_SECRET_PREVIOUS.",
  options: OPTIONS,
  async run([action, ...args]) {
    if (action !== "reseal") throw new UsageError("secrets wants to know what to do: headgate secrets reseal");
    const loaded = loadConfig(readOptions(args, OPTIONS), process.env);
    const { count, left } = await resealSecrets({ config: loaded.config, env: process.env });
    process.stdout.write(`Sealed anew: ${count}. HEADGATE_SECRET_PREVIOUS is needed no more.\n`);
    for (const name of left) process.stdout.write(`  ${name} cannot be opened: enter its secret again.\n`);
    return left.length === 0 ? 0 : 1;
  },
};

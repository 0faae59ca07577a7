import { loadConfig } from "../config/load.ts";
import { CONFIG_OPTIONS } from "./options.ts";
import { type Command, readOptions } from "./usage.ts";

/** Whoever asks has little patience of his own. */
const PATIENCE_MS = 2000;

/** For images in which there is nothing else to ask with. */
export const ready: Command = {
  means: "Ask the gateway of this configuration whether it is ready: 0 if it is, 1 if not.",
  options: CONFIG_OPTIONS,
  async run(args) {
    const { config } = loadConfig(readOptions(args, CONFIG_OPTIONS), process.env);
    const { host, port } = config;
    const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
    const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/readyz`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      process.stdout.write(`${url}: ${response.status} ${(await response.text()).trim()}\n`);
      return response.ok ? 0 : 1;
    } catch (thrown) {
      process.stdout.write(`${url}: ${(thrown as Error).message}\n`);
      return 1;
    }
  },
};

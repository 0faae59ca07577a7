import manifest from "../../package.json" with { type: "json" };
import type { Command } from "./usage.ts";

export const version: Command = {
  means: "Print the versions of Headgate and of Bun.",
  options: {},
  async run() {
    process.stdout.write(`headgate ${manifest.version}, bun ${Bun.version}\n`);
    return 0;
  },
};

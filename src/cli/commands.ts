import { check } from "./check.ts";
import { simulate } from "./simulate.ts";
import { start } from "./start.ts";
import { type Command, usage } from "./usage.ts";
import { version } from "./version.ts";

/** Every command there is. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  start,
  check,
  simulate,
  version,
  help: {
    means: "Print this.",
    options: {},
    async run() {
      process.stdout.write(usage(COMMANDS));
      return 0;
    },
  },
};

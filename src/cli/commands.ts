import { nearest } from "../core/near.ts";
import { budgets } from "./budgets.ts";
import { check } from "./check.ts";
import { keys } from "./keys.ts";
import { ledger } from "./ledger.ts";
import { link } from "./link.ts";
import { ready } from "./ready.ts";
import { secrets } from "./secrets.ts";
import { sessions } from "./sessions.ts";
import { simulate } from "./simulate.ts";
import { start } from "./start.ts";
import { teams } from "./teams.ts";
import { type Command, UsageError, usage } from "./usage.ts";
import { version } from "./version.ts";

/** Every command there is. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  start,
  check,
  link,
  sessions,
  keys,
  teams,
  budgets,
  ledger,
  ready,
  secrets,
  simulate,
  version,
  help: {
    means: "Print this; or of one command, that is named behind it.",
    options: {},
    async run(args) {
      process.stdout.write(usage(meantBy(args)));
      return 0;
    },
  },
};

/** What people type before they know the commands. */
const HABITS: ReadonlyMap<string, string> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-v", "version"],
]);

/** The command that a line asks for, and what is left of the line for it. @throws UsageError where there is none such */
export function commandOf([typed = "help", ...args]: readonly string[]): { command: Command; args: readonly string[] } {
  if (args.some((arg) => HABITS.get(arg) === "help")) return { command: COMMANDS.help!, args: [typed] };
  const name = HABITS.get(typed) ?? typed;
  if (Object.hasOwn(COMMANDS, name)) return { command: COMMANDS[name]!, args };
  const near = nearest(name, Object.keys(COMMANDS));
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(`there is no command ${JSON.stringify(name)}${hint}`);
}

/** What a line is about: its command alone, or all of them where it names none. */
export function meantBy([typed = ""]: readonly string[]): Readonly<Record<string, Command>> {
  return Object.hasOwn(COMMANDS, typed) && typed !== "help" ? { [typed]: COMMANDS[typed]! } : COMMANDS;
}

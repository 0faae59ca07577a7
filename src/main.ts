import { COMMANDS } from "./cli/commands.ts";
import { UsageError, usage } from "./cli/usage.ts";
import { ConfigError } from "./config/explain.ts";
import { nearest } from "./core/near.ts";

/** What people type before they know the commands. */
const HABITS: ReadonlyMap<string, string> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-v", "version"],
]);

/** argv → a command. The only file that may end the process. */
const [typed = "help", ...rest] = process.argv.slice(2);
const asksForHelp = rest.some((arg) => HABITS.get(arg) === "help");
const name = asksForHelp ? "help" : (HABITS.get(typed) ?? typed);
const args = asksForHelp ? [] : rest;
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

try {
  if (command === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new UsageError(
      `there is no command ${JSON.stringify(name)}${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
  process.exitCode = await command.run(args);
} catch (thrown) {
  if (thrown instanceof UsageError) process.stderr.write(`headgate: ${thrown.message}\n\n${usage(COMMANDS)}`);
  else if (thrown instanceof ConfigError)
    process.stderr.write(`${thrown.problems.map((problem) => `headgate: ${problem}`).join("\n")}\n`);
  else process.stderr.write(`headgate: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exit(2);
}
// A command that has returned has let go of everything; what idles (pools, timers) need not hold the process.
process.exit();

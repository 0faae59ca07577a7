import { commandOf, meantBy } from "./cli/commands.ts";
import { UsageError, usage } from "./cli/usage.ts";
import { ConfigError } from "./config/explain.ts";

/** argv → a command. The only file that may end the process. */
const line = process.argv.slice(2);
try {
  const { command, args } = commandOf(line);
  process.exitCode = await command.run(args);
} catch (thrown) {
  if (thrown instanceof UsageError) process.stderr.write(`headgate: ${thrown.message}\n\n${usage(meantBy(line))}`);
  else if (thrown instanceof ConfigError)
    process.stderr.write(`${thrown.problems.map((problem) => `headgate: ${problem}`).join("\n")}\n`);
  else process.stderr.write(`headgate: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exit(2);
}
// A command that has returned has let go of everything; what idles (pools, timers) need not hold the process.
process.exit();

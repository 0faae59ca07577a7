import { parseArgs } from "node:util";
import { nearest } from "../core/near.ts";

export interface Option {
  readonly type: "string" | "boolean";
  /** What the value is, for the help text. */
  readonly value?: string;
  readonly means: string;
}

export interface Command {
  readonly means: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Does it. @returns the exit code @throws UsageError, ConfigError, Error */
  run(args: readonly string[]): Promise<number>;
}

/** The command line is not understood. */
export class UsageError extends Error {}

type Values<O extends Record<string, Option>> = { [K in keyof O]?: O[K]["type"] extends "boolean" ? boolean : string };

/** The options of a command line. @throws UsageError */
export function readOptions<const O extends Record<string, Option>>(args: readonly string[], options: O): Values<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false, strict: true }).values as Values<O>;
  } catch (thrown) {
    throw new UsageError((thrown as Error).message + hint(args, options));
  }
}

/** The option that was probably meant by the first that does not exist. */
function hint(args: readonly string[], options: Record<string, Option>): string {
  const strangers = args.flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []).filter((name) => !(name in options));
  const near = strangers[0] === undefined ? undefined : nearest(strangers[0], Object.keys(options));
  return near === undefined ? "" : `; did you mean --${near}?`;
}

/** What `headgate help` prints. */
export function usage(commands: Readonly<Record<string, Command>>): string {
  const lines = ["headgate: an AI gateway you run yourself.", "", "  headgate <command> [options]", ""];
  for (const [name, { means, options }] of Object.entries(commands)) {
    lines.push(`  ${name.padEnd(10)} ${means}`);
    for (const [option, { value, means: what }] of Object.entries(options)) {
      lines.push(`    ${`--${option}${value === undefined ? "" : ` <${value}>`}`.padEnd(18)} ${what}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

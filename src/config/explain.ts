import { z } from "zod";
import { nearest } from "../core/near.ts";

/** The configuration cannot be used. Each problem says where and what to change. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

export interface Problem {
  readonly path: readonly string[];
  /** For a person: where it was told, path, what is wrong, what was probably meant. */
  readonly line: string;
}

/**
 * zod's issues for a person. Values are not repeated: they may be secrets.
 * @param source where an option was told, by its name; the empty name for all of it
 */
export function explain(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  source: (option: string) => string,
): Problem[] {
  const at = (path: readonly string[], what: string) => ({
    path,
    line: `${source(path[0] ?? "")}: ${path.join(".") || "(top)"}: ${what}`,
  });
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => at([...path, key], `no such option${hint(key, namesAt(schema, path))}`));
    }
    // What is wrong with a name is said inside.
    const { message } = issue.code === "invalid_key" ? (issue.issues[0] ?? issue) : issue;
    return [at(path, message.charAt(0).toLowerCase() + message.slice(1))];
  });
}

/** What was probably meant, as the end of a line. */
export function hint(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** Names of the options that exist at a path. */
function namesAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  const bare = unwrap(schema);
  const [step, ...rest] = path;
  if (bare instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(bare.shape);
    const member = bare.shape[step];
    return member === undefined ? [] : namesAt(member, rest);
  }
  if (step === undefined) return [];
  if (bare instanceof z.ZodRecord) return namesAt(bare.valueType, rest);
  if (bare instanceof z.ZodArray) return namesAt(bare.element, rest);
  return [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

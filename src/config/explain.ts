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

/** zod's issues as lines for a person: file, path, what is wrong, what was probably meant. Values are not repeated: they may be secrets. */
export function explain(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, source: string): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") {
      return [
        `${source}: ${path.join(".") || "(top)"}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`,
      ];
    }
    return issue.keys.map((key) => {
      const near = nearest(key, namesAt(schema, path));
      const hint = near === undefined ? "" : `; did you mean "${near}"?`;
      return `${source}: ${[...path, key].join(".")}: no such option${hint}`;
    });
  });
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

import type { Environment } from "./load.ts";

/**
 * The environment inside of a file: `${NAME}`, `${NAME:-default}`, and `$${…}` where `${…}` itself is meant. Before the YAML
 * is parsed a mark of private-use characters takes the place of each, and what it stands for is put into the parsed
 * strings: a value from outside is never seen by the parser, and braces need no quotes.
 */
export interface Marked {
  readonly text: string;
  /** What stood where the marks are, by their numbers. */
  readonly written: readonly string[];
}

/** One that is not closed goes to the end of its line, which is not looked through again. */
const WRITTEN = /\$?\$\{[^}\n]*(?:\}|$)/gm;
const VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/;
const OPEN = "\uE000";
const CLOSE = "\uE001";
const MARK = /\uE000([0-9a-z]+)\uE001/g;

export function mark(text: string): Marked {
  const written: string[] = [];
  const marked = text.replace(WRITTEN, (found) => {
    if (!found.endsWith("}")) return found;
    const number = (written.push(found) - 1).toString(36);
    return OPEN + number.padStart(found.length - 2, "0") + CLOSE;
  });
  return { text: marked, written };
}

export interface Filled {
  readonly value: unknown;
  /** Paths, joined by dots, of values that are one variable and nothing else. */
  readonly whole: ReadonlySet<string>;
  /** Paths of values that could not be filled. */
  readonly failed: ReadonlySet<string>;
}

/** Puts in what the marks stand for. Names of members stay as they were written. */
export function fill(
  parsed: unknown,
  { written }: Marked,
  env: Environment,
  complain: (path: string, problem: string) => void,
): Filled {
  const whole = new Set<string>();
  const failed = new Set<string>();
  const behind = (number: string) => written[Number.parseInt(number, 36)];

  function meaning(found: string, path: string): string {
    if (found.startsWith("$$")) return found.slice(1);
    const [, name, fallback] = VARIABLE.exec(found) ?? [];
    if (name === undefined || fallback?.includes("${")) {
      failed.add(path);
      complain(path, `\${…} must be \${NAME} or \${NAME:-default}; write $\${…} where the braces themselves are meant`);
      return "";
    }
    // As in a shell, the default also stands in for what is set and empty.
    const value = fallback === undefined ? env[name] : env[name] || fallback;
    if (value === undefined) {
      failed.add(path);
      complain(path, `the variable ${name} is not set`);
    }
    return value ?? "";
  }

  function walk(value: unknown, at: readonly string[]): unknown {
    const path = at.join(".");
    if (typeof value === "string") {
      const [only] = value.match(MARK) ?? [];
      if (only === value) whole.add(path);
      return value.replace(MARK, (kept, number: string) => {
        const found = behind(number);
        return found === undefined ? kept : meaning(found, path);
      });
    }
    if (Array.isArray(value)) return value.map((element, i) => walk(element, [...at, String(i)]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const asWritten = name.replace(MARK, (kept, number: string) => behind(number) ?? kept);
        return [asWritten, walk(inner, [...at, asWritten])];
      }),
    );
  }

  return { value: walk(parsed, []), whole, failed };
}

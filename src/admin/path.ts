/** A path in which names in braces stand for what differs. */
export interface Pattern {
  readonly path: string;
  readonly names: readonly string[];
  readonly expression: RegExp;
  /** How many of its characters are told. */
  readonly told: number;
}

/** `{id}` at the end stands for the rest of a path, with its slashes; any other name for what is between two of them. */
export function patternOf(path: string): Pattern {
  const names: string[] = [];
  const text = path.replace(/[.*+?^$()|[\]\\]|\{(\w+)\}/g, (found, name: string | undefined, at: number) => {
    if (name === undefined) return `\\${found}`;
    names.push(name);
    return at + found.length === path.length ? "(.+)" : "([^/]+)";
  });
  return { path, names, expression: new RegExp(`^${text}$`), told: path.replace(/\{\w+\}/g, "").length };
}

/** What stands for the names, decoded; `undefined` where the path is not one of these. */
export function read({ names, expression }: Pattern, path: string): Record<string, string> | undefined {
  const found = expression.exec(path);
  if (found === null) return undefined;
  try {
    return Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1]!)]));
  } catch {
    return undefined;
  }
}

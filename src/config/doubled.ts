/** A key that stands twice in one mapping, and the lines (from 1) where. */
export interface Doubled {
  key: string;
  first: number;
  second: number;
}

/** Indentation, dashes of list entries, a key in any spelling, and what follows its colon. */
const KEY = /^( *(?:- +)*)(?:"([^"]+)" *|'([^']+)' *|([^\s"'#[\]{}&*!|>%@`,?-][^#:]*)):(?: (.*))?$/;
const TEXT_FOLLOWS = /^[|>][-+\d]*(?: +#.*)?$/;

/**
 * The first key of a YAML text that stands twice in its mapping: the parser would let the second win without a word, and a
 * whole block of configuration would be gone. Mappings in braces are not looked at.
 */
export function doubledKey(yaml: string): Doubled | undefined {
  /** The mappings that are open, from the outside in: where their keys begin, and the line of each. */
  const open: { indent: number; keys: Map<string, number> }[] = [];
  /** Lines further in than this are text. */
  let textBeyond = Number.POSITIVE_INFINITY;
  for (const [i, line] of yaml.split(/\r?\n/).entries()) {
    const start = line.search(/[^ ]/);
    if (start < 0 || start > textBeyond) continue;
    textBeyond = Number.POSITIVE_INFINITY;
    if (line.startsWith("---")) open.length = 0;
    const found = KEY.exec(line);
    if (found === null) continue;
    const [, lead = "", double, single, plain, rest = ""] = found;
    const indent = lead.length;
    // A dash begins a mapping of its own, at its key's place.
    const isOver = ({ indent: at }: { indent: number }) => at > indent || (lead.includes("-") && at > start);
    while (open.length > 0 && isOver(open.at(-1)!)) open.pop();
    if (open.at(-1)?.indent !== indent) open.push({ indent, keys: new Map() });
    const { keys } = open.at(-1)!;
    const key = double ?? single ?? plain!.trimEnd();
    const first = keys.get(key);
    if (first !== undefined && key !== "<<") return { key, first, second: i + 1 };
    keys.set(key, i + 1);
    if (TEXT_FOLLOWS.test(rest.trimStart())) textBeyond = start;
  }
  return undefined;
}

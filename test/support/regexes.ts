/** A regular expression that stands in a source, and where. */
export interface Literal {
  readonly path: string;
  readonly line: number;
  readonly source: string;
  readonly flags: string;
}

/** What may stand before a slash that divides; after anything else one begins a regular expression. */
const OPERAND = /(?:[\w$)\]}"'`]|\+\+|--)$/;
const WORD_BEFORE = /\b(?:return|typeof|case|in|of|void|yield|await)$/;

/** The regular expressions in a TypeScript source, in order. */
export function literalsIn(path: string, text: string): Literal[] {
  const found: Literal[] = [];
  /** Depths of braces at which templates go on. */
  const templates: number[] = [];
  let depth = 0;
  let before = "";
  let at = 0;
  const template = () => {
    for (; at < text.length && text[at] !== "`"; at++) {
      if (text[at] === "\\") at++;
      else if (text.startsWith("${", at)) {
        templates.push(depth++);
        at += 2;
        before = "(";
        return;
      }
    }
    at++;
    before = "`";
  };
  while (at < text.length) {
    const char = text[at]!;
    if (text.startsWith("//", at)) at = after(text, "\n", at);
    else if (text.startsWith("/*", at)) at = after(text, "*/", at);
    else if (char === '"' || char === "'") {
      for (at++; text[at] !== char; at++) if (text[at] === "\\") at++;
      at++;
      before = char;
    } else if (char === "`") {
      at++;
      template();
    } else if (char === "}" && templates.at(-1) === depth - 1) {
      depth = templates.pop()!;
      at++;
      template();
    } else if (char === "/" && (!OPERAND.test(before.trimEnd()) || WORD_BEFORE.test(before.trimEnd()))) {
      const begun = at;
      for (let inSet = false, done = false; !done; ) {
        at++;
        if (text[at] === "\\") at++;
        else if (text[at] === "[") inSet = true;
        else if (text[at] === "]") inSet = false;
        else done = text[at] === "/" && !inSet;
      }
      const source = text.slice(begun + 1, at);
      const flags = /^\/([a-z]*)/.exec(text.slice(at, at + 10))![1]!;
      at += 1 + flags.length;
      found.push({ path, line: text.slice(0, begun).split("\n").length, source, flags });
      before = "/)";
    } else {
      if (char === "{") depth++;
      if (char === "}") depth--;
      before = /\s/.test(char) ? `${before.trimEnd()} ` : (before + char).slice(-10);
      at++;
    }
  }
  return found;
}

function after(text: string, mark: string, at: number): number {
  const end = text.indexOf(mark, at);
  return end < 0 ? text.length : end + mark.length;
}

/** What an expression is made of, as far as it matters for what it can be made to repeat. */
type Node =
  | { kind: "char"; sample: string }
  | { kind: "all" | "either"; of: Node[] }
  | { kind: "repeat"; of: Node; least: number }
  | { kind: "nothing" };

const CANDIDATES = "a0 -_./:;,\"'\\\t\n\r<>=+*%@#~[](){}|$^&!?AZfzé\u0000";

class Parser {
  private at = 0;
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  either(): Node {
    const of = [this.all()];
    while (this.text[this.at] === "|") {
      this.at++;
      of.push(this.all());
    }
    return { kind: "either", of };
  }

  private all(): Node {
    const of: Node[] = [];
    while (this.at < this.text.length && !"|)".includes(this.text[this.at]!)) of.push(this.repeated());
    return { kind: "all", of };
  }

  private repeated(): Node {
    const atom = this.atom();
    const quantifier = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.text.slice(this.at));
    if (quantifier === null) return atom;
    this.at += quantifier[0].length;
    const least = quantifier[1] === undefined ? (quantifier[0].startsWith("+") ? 1 : 0) : Number(quantifier[1]);
    return { kind: "repeat", of: atom, least };
  }

  private atom(): Node {
    const rest = this.text.slice(this.at);
    if (rest.startsWith("(")) {
      const opening = /^\((?:\?(?::|<?[=!]|<\w+>))?/.exec(rest)![0];
      this.at += opening.length;
      const of = this.either();
      this.at++;
      return /[=!]/.test(opening) && !opening.includes(">") ? { kind: "nothing" } : of;
    }
    if (/^[\^$]|^\\[bB]/.test(rest)) {
      this.at += rest[0] === "\\" ? 2 : 1;
      return { kind: "nothing" };
    }
    const unit = /^\[(?:\\.|[^\]\\])*\]|^\\(?:u\{\w+\}|u\w{4}|x\w\w|[pP]\{[^}]*\}|k<\w+>|.)|^[\s\S]/.exec(rest)![0];
    this.at += unit.length;
    if (/^\\(?:k|[1-9])/.test(unit)) return { kind: "nothing" };
    const one = new RegExp(`^${unit}$`, /\\[pP]|\\u\{/.test(unit) ? "u" : "");
    const sample = [...CANDIDATES].find((char) => one.test(char)) ?? unit.replace("\\", "");
    return { kind: "char", sample };
  }
}

/** Texts of some size that an expression has most trouble to find out not to match: what each of its repetitions takes, over and over. */
export function pumped(source: string, size: number): Set<string> {
  const texts = new Set<string>();
  const add = (prefix: string, unit: string) => {
    if (unit === "") return;
    const long = unit.repeat(Math.ceil(size / unit.length));
    for (const end of ["", "\u0001", "\n", "!\u0001\n"]) texts.add(prefix + long + end);
  };
  const walk = (node: Node, prefix: string): string => {
    if (node.kind === "char") return node.sample;
    if (node.kind === "nothing") return "";
    if (node.kind === "repeat") {
      const one = walk(node.of, prefix);
      add(prefix, one);
      add("", one);
      add("", prefix);
      add("", prefix + one);
      return one.repeat(Math.max(1, node.least));
    }
    if (node.kind === "either") return node.of.map((one) => walk(one, prefix)).reduce((a, b) => (a === "" ? b : a));
    let said = "";
    for (const one of node.of) said += walk(one, prefix + said);
    return said;
  };
  const said = walk(new Parser(source).either(), "");
  add("", said);
  for (const char of new Set(said)) add("", char);
  for (const char of 'a0 \t\n/\\"=-.') add("", char);
  return texts;
}

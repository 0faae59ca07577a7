import { SCENARIO_KEYS, type Scenario, type ScenarioName } from "./scenario-keys.ts";

export { SCENARIO_KEYS, type Scenario } from "./scenario-keys.ts";
export { AT_ONCE } from "./scenario-values.ts";

/** A directive that cannot be read. The provider's 400 carries the message. */
export class UnreadableDirective extends Error {
  override readonly name = "UnreadableDirective";
}

/** What of a request a directive may be limited to. */
export interface Subject {
  model: string;
  path: string;
}

const NOTHING: Scenario = Object.freeze({});
const OPENING = "[sim";
/** Directives read before, so that a load test which sends the same one a million times pays for it once. */
const READ_BEFORE_LIMIT = 1000;

/** Reads directives, and remembers how often each limited one was met. */
export class Scenarios {
  private readonly readBefore = new Map<string, Scenario>();
  private readonly met = new Map<string, number>();

  /**
   * What the directives in this text ask for. A later directive overrides an earlier one, key by key.
   *
   * @throws {UnreadableDirective} for a key or value nobody knows.
   */
  of(text: string, subject: Subject): Scenario {
    let scenario: Scenario | undefined;
    for (const directive of directivesIn(text)) {
      const one = this.read(directive);
      if (this.applies(one, directive, subject)) scenario = scenario === undefined ? one : { ...scenario, ...one };
    }
    return scenario ?? NOTHING;
  }

  private read(directive: string): Scenario {
    const before = this.readBefore.get(directive);
    if (before !== undefined) return before;
    const scenario = readDirective(directive);
    if (this.readBefore.size >= READ_BEFORE_LIMIT) this.readBefore.clear();
    this.readBefore.set(directive, scenario);
    return scenario;
  }

  private applies(scenario: Scenario, directive: string, subject: Subject): boolean {
    if (scenario.model !== undefined && scenario.model !== subject.model) return false;
    if (scenario.path !== undefined && !subject.path.startsWith(scenario.path)) return false;
    if (scenario.first === undefined) return true;
    const times = (this.met.get(directive) ?? 0) + 1;
    if (this.met.size >= READ_BEFORE_LIMIT * 10) this.met.clear();
    this.met.set(directive, times);
    return times <= scenario.first;
  }
}

/** The text without its directives. */
export function withoutDirectives(text: string): string {
  if (!text.includes(OPENING)) return text.trim();
  let rest = text;
  for (const directive of directivesIn(text)) rest = rest.replace(directive, "");
  return rest.trim();
}

/** The directives in this text, from bracket to bracket. A bracket inside quotes does not end one. */
function directivesIn(text: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf(OPENING); at >= 0; at = text.indexOf(OPENING, at + 1)) {
    if (!/[\s\]]/.test(text[at + OPENING.length] ?? "x")) continue;
    const match = /^\[sim(?:[^\]"']|"(?:[^"\\]|\\.)*"|'[^']*')*\]/.exec(text.slice(at));
    // Without an end here there is none further on, and looking again and again would take for ever.
    if (match === null) break;
    found.push(match[0]);
  }
  return found;
}

const PAIR = /\s*([a-z][a-z0-9-]*)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s\]]*))?(?=[\s\]])/y;

function readDirective(directive: string): Scenario {
  const scenario: Record<string, unknown> = {};
  const end = directive.length - 1;
  PAIR.lastIndex = OPENING.length;
  while (directive.slice(PAIR.lastIndex, end).trim() !== "") {
    const from = PAIR.lastIndex;
    const match = PAIR.exec(directive);
    if (match === null)
      throw new UnreadableDirective(`Cannot read ${directive} at '${directive.slice(from, end).trim()}'.`);
    const [, name = "", raw] = match;
    if (!Object.hasOwn(SCENARIO_KEYS, name)) {
      throw new UnreadableDirective(
        `Unknown key '${name}' in ${directive}. The keys are: ${Object.keys(SCENARIO_KEYS).join(", ")}.`,
      );
    }
    const key = SCENARIO_KEYS[name as ScenarioName];
    const value = key.read(raw === undefined ? undefined : unquoted(raw));
    if (value === undefined)
      throw new UnreadableDirective(`'${name}' in ${directive} needs a value such as ${key.example}.`);
    scenario[name] = value;
  }
  return Object.freeze(scenario);
}

function unquoted(raw: string): string {
  if (raw.startsWith("'")) return raw.slice(1, -1);
  if (!raw.startsWith('"')) return raw;
  return raw.slice(1, -1).replace(/\\(.)/gs, (_, letter: string) => (letter === "n" ? "\n" : letter));
}

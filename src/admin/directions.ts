import { checkRule, checkVirtualModel, type DirectionsConfig } from "../config/direction.ts";
import { ConfigError } from "../config/explain.ts";
import { GatewayError } from "../core/error.ts";
import { type JsonObject, objectAt } from "../core/json.ts";
import type { Snapshot } from "../gateway/gateway.ts";
import type { DirectionKind, DirectionRow } from "../store/directions.ts";

/** Where they are kept. */
export interface DirectionShelf {
  all(): DirectionRow[];
  put(row: DirectionRow): void;
  remove(kind: DirectionKind, id: string): void;
}

export interface DirectionsParts {
  /** Those of the configuration: they come first, and cannot be changed here. */
  config: DirectionsConfig;
  shelf: DirectionShelf;
  /** @throws ConfigError */
  compile: Snapshot["directions"];
  /** Requests that come after this are led so. */
  apply(compiled: ReturnType<Snapshot["directions"]>): void;
  /** Hears of one that was kept and does not hold any more. */
  complain(id: string, cause: unknown): void;
}

/** A rule or a virtual model that was made here. */
interface Made {
  readonly kind: DirectionKind;
  readonly id: string;
  /** As it was told, without what it is by default. */
  readonly value: JsonObject;
  readonly createdAt: number;
  /** Why it does not hold: the configuration or the catalogue has changed since. */
  readonly problem?: string;
}

/** Each is looked at for every request. */
const MOST = 1000;
const WORDS = {
  rule: { one: "routing rule", path: "routing_rules" },
  virtual_model: { one: "virtual model", path: "virtual_models" },
} as const;

/** Routing rules and virtual models, of the configuration and made while the gateway runs. What is made holds at once, and after a restart. */
export class Directions {
  private readonly parts: DirectionsParts;
  private made: readonly Made[];

  /** Takes what is kept. What does not fit to the configuration any more is left out and complained of. */
  constructor(parts: DirectionsParts) {
    this.parts = parts;
    this.made = parts.shelf.all().map(({ value, ...row }) => ({ ...row, value: JSON.parse(value) as JsonObject }));
    if (this.made.length === 0) return;
    this.hold(this.made);
    for (const { kind, id, problem } of this.made)
      if (problem !== undefined) parts.complain("admin", `the ${WORDS[kind].one} ${id} does not hold: ${problem}`);
  }

  /** All of a kind, those of the configuration first: the order in which rules are looked at. */
  list(kind: DirectionKind): JsonObject[] {
    const { routing_rules, virtual_models } = this.parts.config;
    const told =
      kind === "rule"
        ? routing_rules.map(({ id, ...value }) => [id, value] as const)
        : Object.entries(virtual_models).map(([id, value]) => [id, value] as const);
    const fixed = told.map(([id, value]) => ({
      id,
      ...withoutSecrets(plain(value)),
      source: "configuration",
      read_only: true,
    }));
    return [...fixed, ...this.made.filter((one) => one.kind === kind).map(shown)];
  }

  /** @throws GatewayError `not_found` */
  find(kind: DirectionKind, id: string): JsonObject {
    const found = this.list(kind).find((one) => one.id === id);
    if (found === undefined) throw nothing(kind, id);
    return found;
  }

  /** @throws GatewayError `invalid_request` with what is wrong, and where */
  create(kind: DirectionKind, id: string, value: JsonObject, createdAt: number): JsonObject {
    if (this.isFixed(kind, id) || this.foundHere(kind, id) !== undefined)
      throw invalid("id", `There is a ${WORDS[kind].one} ${JSON.stringify(id)} already.`);
    if (this.made.filter((one) => one.kind === kind).length >= MOST)
      throw invalid("id", `There are ${MOST} already; remove one first.`);
    const made = checked({ kind, id, value, createdAt });
    this.change([...this.made, made], made);
    return this.find(kind, id);
  }

  /** Says all of it anew, in its place. @throws GatewayError `not_found`, `invalid_request` */
  replace(kind: DirectionKind, id: string, value: JsonObject): JsonObject {
    const old = this.own(kind, id);
    const made = checked({ kind, id, value, createdAt: old.createdAt });
    this.change(
      this.made.map((one) => (one === old ? made : one)),
      made,
    );
    return this.find(kind, id);
  }

  /** Changes some members; `null` takes one away. @throws GatewayError `not_found`, `invalid_request` */
  adjust(kind: DirectionKind, id: string, members: JsonObject): JsonObject {
    const all = Object.entries({ ...this.own(kind, id).value, ...members });
    return this.replace(kind, id, Object.fromEntries(all.filter(([, value]) => value !== null)));
  }

  /** @throws GatewayError `not_found`, or `invalid_request` where a rule leads to it */
  remove(kind: DirectionKind, id: string): void {
    const old = this.own(kind, id);
    const left = this.made.filter((one) => one !== old);
    this.mustHold(left);
    this.parts.shelf.remove(kind, id);
    this.hold(left);
  }

  private change(all: readonly Made[], made: Made): void {
    this.mustHold(all);
    const { kind, id, value, createdAt } = made;
    this.parts.shelf.put({ kind, id, value: JSON.stringify(value), createdAt });
    this.hold(all);
  }

  /** @throws GatewayError where those that hold would not, together */
  private mustHold(all: readonly Made[]): void {
    try {
      this.compile(all.filter(({ problem }) => problem === undefined));
    } catch (thrown) {
      throw refused(thrown);
    }
  }

  /** Lets hold what can. Rules lead to virtual models, and these to nothing that is made here. */
  private hold(all: readonly Made[]): void {
    const bare = all.map(({ problem: _problem, ...one }) => one);
    let good: readonly Made[] = bare;
    const problems = new Map<Made, string>();
    try {
      this.compile(good);
    } catch {
      good = [];
      for (const one of bare.toSorted((a, b) => Number(a.kind === "rule") - Number(b.kind === "rule"))) {
        const more = bare.filter((other) => other === one || good.includes(other));
        try {
          checked(one);
          this.compile(more);
          good = more;
        } catch (thrown) {
          problems.set(one, refused(thrown).message);
        }
      }
    }
    this.made = bare.map((one) => {
      const problem = problems.get(one);
      return problem === undefined ? one : { ...one, problem };
    });
    this.parts.apply(this.compile(good));
  }

  /** @throws ConfigError */
  private compile(made: readonly Made[]): ReturnType<Snapshot["directions"]> {
    const { config, compile } = this.parts;
    const rules = [...config.routing_rules];
    const virtual = { ...config.virtual_models };
    for (const { kind, id, value } of made) {
      if (this.isFixed(kind, id))
        throw new ConfigError([`${WORDS[kind].path}.${id}: the configuration has one of that name`]);
      if (secretIn(value) !== undefined) throw new ConfigError([`${WORDS[kind].path}.${id}: ${NO_SECRETS}`]);
      if (kind === "rule") rules.push(mustBe(checkRule({ ...value, id }, SOURCE)));
      else virtual[id] = mustBe(checkVirtualModel(id, value, SOURCE));
    }
    return compile({ routing_rules: rules, virtual_models: virtual });
  }

  private isFixed(kind: DirectionKind, id: string): boolean {
    const { routing_rules, virtual_models } = this.parts.config;
    return kind === "rule" ? routing_rules.some((one) => one.id === id) : Object.hasOwn(virtual_models, id);
  }

  private foundHere(kind: DirectionKind, id: string): Made | undefined {
    return this.made.find((one) => one.kind === kind && one.id === id);
  }

  /** One that may be changed. @throws GatewayError */
  private own(kind: DirectionKind, id: string): Made {
    const found = this.foundHere(kind, id);
    if (found !== undefined) return found;
    if (this.isFixed(kind, id))
      throw invalid("id", `The ${WORDS[kind].one} ${JSON.stringify(id)} stands in the configuration: change it there.`);
    throw nothing(kind, id);
  }
}

const SOURCE = "the body";
const NO_SECRETS = "What shows or holds a secret stands in the configuration only: here it would be kept, and shown.";

/** What of an address shows a secret, or names a file that holds one: it would be sent wherever whoever has the admin token says. */
function secretIn({ relay }: JsonObject): string | undefined {
  const told = objectAt(relay) ?? {};
  const name = SECRETS.find((member) => told[member] !== undefined);
  return name === undefined ? undefined : `relay.${name}`;
}

const SECRETS = ["api_key", "api_key_file", "headers"] as const;

function withoutSecrets(value: JsonObject): JsonObject {
  const relay = objectAt(value.relay);
  if (relay === undefined) return value;
  const shown = Object.entries(relay).filter(([member]) => !(SECRETS as readonly string[]).includes(member));
  return { ...value, relay: Object.fromEntries(shown) };
}

function mustBe<T>(result: { readonly value: T } | { readonly problems: readonly { line: string }[] }): T {
  if ("value" in result) return result.value;
  throw new ConfigError(result.problems.map(({ line }) => line));
}

/** As it will be after a restart. @throws GatewayError for what is wrong with it alone, with its place in the body */
function checked(told: Made): Made {
  const made = { ...told, value: plain(told.value) };
  const { kind, id, value } = made;
  const secret = secretIn(value);
  if (secret !== undefined) throw invalid(secret, NO_SECRETS);
  const result = kind === "rule" ? checkRule({ ...value, id }, SOURCE) : checkVirtualModel(id, value, SOURCE);
  if ("value" in result) return made;
  const param = result.problems[0]!.path.join(".");
  throw invalid(param === "" ? "id" : param, result.problems.map(({ line }) => line).join("\n"));
}

function shown({ kind, id, value, createdAt, problem }: Made): JsonObject {
  const result = kind === "rule" ? checkRule({ ...value, id }, SOURCE) : checkVirtualModel(id, value, SOURCE);
  return {
    id,
    ...("value" in result ? plain(result.value) : value),
    source: "api",
    read_only: false,
    created_at: new Date(createdAt).toISOString(),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** As JSON has it: without what is absent. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** What the configuration would be refused for. Its problems begin with where they are. */
function refused(thrown: unknown): GatewayError {
  if (!(thrown instanceof ConfigError)) return GatewayError.from(thrown);
  const [first = ""] = thrown.problems;
  return invalid(first.slice(0, first.indexOf(": ")), thrown.problems.join("\n"));
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}

function nothing(kind: DirectionKind, id: string): GatewayError {
  return new GatewayError("not_found", `There is no ${WORDS[kind].one} ${JSON.stringify(id.slice(0, 200))}.`, {
    param: "id",
  });
}

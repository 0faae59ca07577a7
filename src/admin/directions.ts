import { checkRule, checkVirtualModel } from "../config/direction.ts";
import { ConfigError } from "../config/explain.ts";
import type { JsonObject } from "../core/json.ts";
import type { Snapshot } from "../gateway/gateway.ts";
import type { Statement } from "../store/database.ts";
import type { DirectionKind, DirectionRow } from "../store/directions.ts";
import { type Log, unlogged } from "./audit.ts";
import type { DirectionsParts } from "./direction-shelf.ts";
import {
  checked,
  fixedOf,
  invalid,
  keyOf,
  type Made,
  madeOf,
  mustBe,
  NO_SECRETS,
  nothing,
  refused,
  rowOf,
  SOURCE,
  secretIn,
  shown,
  WORDS,
} from "./made-direction.ts";
import { moved } from "./rule-order.ts";
import { inOrder, stampOf } from "./shared-directions.ts";

/** Each is looked at for every request. */
const MOST = 1000;

/** Routing rules and virtual models, of the configuration and made while the gateway runs. What is made holds at once, and after a restart. */
export class Directions {
  private readonly parts: DirectionsParts;
  private made: readonly Made[];
  /** What was taken away and others may still have. */
  private gone: readonly DirectionRow[];
  /** The last change: the next one begins when it is kept. */
  private turn: Promise<unknown> = Promise.resolve();

  /** Takes what is kept. What does not fit to the configuration any more is left out and complained of. */
  constructor(parts: DirectionsParts) {
    this.parts = parts;
    this.made = parts.kept.flatMap(madeOf);
    this.gone = parts.kept.filter(({ value }) => value === null);
    if (this.made.length > 0) this.holdAndTell(this.made);
  }

  /** How many there are for other replicas to know of. */
  get size(): number {
    return this.made.length + this.gone.length;
  }

  /** All that other replicas are to know: what was taken away as well. */
  rows(): DirectionRow[] {
    return [...this.made.map(rowOf), ...this.gone];
  }

  /** Takes what lies on a shelf that others change as well: it counts as it is there. */
  adopt(): Promise<void> {
    return this.inTurn(() => this.takeCurrent());
  }

  private async takeCurrent(): Promise<void> {
    const rows = await this.parts.current?.();
    if (rows === undefined) return;
    const held = this.rows().map(stampOf).join();
    if (rows.map(stampOf).join() === held) return;
    this.gone = rows.filter(({ value }) => value === null);
    this.holdAndTell(rows.flatMap(madeOf));
  }

  /** Takes what was made at another replica, as far as it is later than what is here. What does not fit is left out, as after a restart. */
  learn(rows: readonly DirectionRow[]): Promise<void> {
    return this.inTurn(() => this.take(rows));
  }

  private async take(rows: readonly DirectionRow[]): Promise<void> {
    const known = new Map(this.rows().map((row) => [keyOf(row), row]));
    for (const row of rows) {
      const here = known.get(keyOf(row));
      if (here === undefined || stampOf(here) < stampOf(row)) known.set(keyOf(row), row);
    }
    const held = new Set(this.rows().map(stampOf));
    const all = [...known.values()];
    const news = all.filter((row) => !held.has(stampOf(row)));
    if (news.length === 0) return;
    await this.parts.shelf.put(news);
    this.gone = all.filter(({ value }) => value === null);
    this.holdAndTell(all.sort(inOrder).flatMap(madeOf));
  }

  /** All of a kind, those of the configuration first: the order in which rules are looked at. */
  list(kind: DirectionKind): JsonObject[] {
    return [...fixedOf(this.parts.config, kind), ...this.made.filter((one) => one.kind === kind).map(shown)];
  }

  /** @throws GatewayError `not_found` */
  find(kind: DirectionKind, id: string): JsonObject {
    const found = this.list(kind).find((one) => one.id === id);
    if (found === undefined) throw nothing(kind, id);
    return found;
  }

  /** @throws GatewayError `invalid_request` with what is wrong, and where */
  create(kind: DirectionKind, id: string, value: JsonObject, createdAt: number, log = unlogged): Promise<JsonObject> {
    return this.changing(async () => {
      if (this.isFixed(kind, id) || this.foundHere(kind, id) !== undefined)
        throw invalid("id", `There is a ${WORDS[kind].one} ${JSON.stringify(id)} already.`);
      if (this.made.filter((one) => one.kind === kind).length >= MOST)
        throw invalid("id", `There are ${MOST} already; remove one first.`);
      const place = Math.max(0, ...this.made.map((one) => one.place)) + 1;
      const made = checked({ kind, id, value, place, createdAt, version: this.nextVersion() });
      await this.change([...this.made, made], [made], log(`${WORDS[kind].action}.create`, id, { after: shown(made) }));
      return this.find(kind, id);
    });
  }

  /** Says all of it anew, in its place. @throws GatewayError `not_found`, `invalid_request` */
  replace(kind: DirectionKind, id: string, value: JsonObject, log = unlogged): Promise<JsonObject> {
    return this.changing(() => this.say(kind, id, value, log));
  }

  private async say(kind: DirectionKind, id: string, value: JsonObject, log: Log): Promise<JsonObject> {
    const old = this.own(kind, id);
    const { place, createdAt } = old;
    const made = checked({ kind, id, value, place, createdAt, version: this.nextVersion() });
    await this.change(
      this.made.map((one) => (one === old ? made : one)),
      [made],
      log(`${WORDS[kind].action}.change`, id, { before: shown(old), after: shown(made) }),
    );
    return this.find(kind, id);
  }

  /** Changes some members; `null` takes one away. @throws GatewayError `not_found`, `invalid_request` */
  adjust(kind: DirectionKind, id: string, members: JsonObject, log = unlogged): Promise<JsonObject> {
    return this.changing(() => {
      const all = Object.entries({ ...this.own(kind, id).value, ...members });
      return this.say(kind, id, Object.fromEntries(all.filter(([, value]) => value !== null)), log);
    });
  }

  /** Has a rule looked at before another that was made here, or behind all. @throws GatewayError `not_found`, `invalid_request` */
  move(id: string, before: string | null, log = unlogged): Promise<JsonObject> {
    return this.changing(async () => {
      const { all, changed, told } = moved(this.made, this.own("rule", id), before, this.nextVersion());
      if (changed.length > 0) await this.change(all, changed, log("routing_rule.move", id, told));
      return this.find("rule", id);
    });
  }

  /** @throws GatewayError `not_found`, or `invalid_request` where a rule leads to it */
  remove(kind: DirectionKind, id: string, log = unlogged): Promise<void> {
    return this.changing(() => this.takeAway(kind, id, log));
  }

  private async takeAway(kind: DirectionKind, id: string, log: Log): Promise<void> {
    const old = this.own(kind, id);
    const left = this.made.filter((one) => one !== old);
    this.mustHold(left);
    const { place, createdAt } = old;
    const row: DirectionRow = { kind, id, value: null, place, createdAt, version: this.nextVersion() };
    const said = log(`${WORDS[kind].action}.remove`, id, { before: shown(old) });
    if (this.parts.tell === undefined) await this.parts.shelf.remove(kind, id, said);
    else {
      await this.parts.shelf.put([row], said);
      this.gone = [...this.gone, row];
    }
    this.hold(left);
    this.parts.tell?.(row);
  }

  private changing<T>(change: () => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.takeCurrent();
      return await change();
    });
  }

  /** One change after the other: each is kept before it holds. */
  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.turn.then(change);
    this.turn = result.catch(() => {});
    return result;
  }

  /** Later than all that is known of. */
  private nextVersion(): number {
    return Math.max(0, ...this.rows().map(({ version }) => version)) + 1;
  }

  private async change(all: readonly Made[], changed: readonly Made[], said: readonly Statement[]): Promise<void> {
    this.mustHold(all, changed[0]);
    const rows = changed.map(rowOf);
    await this.parts.shelf.put(rows, said);
    const names = new Set(rows.map(keyOf));
    this.gone = this.gone.filter((one) => !names.has(keyOf(one)));
    this.hold(all);
    for (const row of rows) this.parts.tell?.(row);
  }

  private holdAndTell(all: readonly Made[]): void {
    const before = new Set(this.made.flatMap(({ problem }) => problem ?? []));
    this.hold(all);
    for (const { kind, id, problem } of this.made)
      if (problem !== undefined && !before.has(problem))
        this.parts.complain("admin", `the ${WORDS[kind].one} ${id} does not hold: ${problem}`);
  }

  /** @throws GatewayError where those that hold would not, together */
  private mustHold(all: readonly Made[], said?: Made): void {
    try {
      this.compile(all.filter(({ problem }) => problem === undefined));
    } catch (thrown) {
      throw refused(thrown, said);
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
      let rest = bare.toSorted((a, b) => Number(a.kind === "rule") - Number(b.kind === "rule"));
      while (rest.length > 0) {
        const fitting = this.fitting(good, rest);
        good = [...good, ...rest.slice(0, fitting)];
        const [bad] = rest.slice(fitting);
        if (bad !== undefined) problems.set(bad, this.problemOf([...good, bad]) ?? "");
        rest = rest.slice(fitting + 1);
      }
    }
    this.made = bare.map((one) => {
      const problem = problems.get(one);
      return problem === undefined ? one : { ...one, problem };
    });
    this.parts.apply(this.compile(good));
  }

  /** How many of these hold beside those that do: what stands behind changes nothing for who stands before. */
  private fitting(good: readonly Made[], rest: readonly Made[]): number {
    let [least, most] = [0, rest.length];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (this.problemOf([...good, ...rest.slice(0, middle)]) === undefined) least = middle;
      else most = middle - 1;
    }
    return least;
  }

  /** Why they would not hold together. */
  private problemOf(all: readonly Made[]): string | undefined {
    try {
      this.compile(all.toSorted(inOrder));
      return undefined;
    } catch (thrown) {
      return refused(thrown).message;
    }
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

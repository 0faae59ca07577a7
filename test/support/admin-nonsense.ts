import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ROUTES } from "../../src/admin/routes.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { ask, TOKEN } from "../access/keys.ts";
import { oneOfEach, WRITES } from "./admin-writes.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { NAMES } from "./prototype-payloads.ts";

export interface Kept {
  /** Of a gateway that keeps what it keeps there. */
  readonly config: Record<string, unknown>;
  /** All that its database has, table by table. */
  everything(): Promise<Record<string, unknown[]>>;
  stop(): Promise<void>;
}

let gateway: RunningGateway;
let pathOf: (route: string) => string;
let kept: Kept;

const everything = () => kept.everything();

const LONG = JSON.stringify("x".repeat(1024 * 1024));
/** What nobody should say anywhere, as it is written. */
const WORDS = [
  ...["-1", "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1.5", "0.0000000001", "9007199254740993", "1e400"],
  ...['"5"', '"-1"', '"NaN"', '"1e999"', '"yearly"', '""', '" "', '"\\u0000"', "true", "null", "[]", "{}", "[[1]]"],
  ...['{"a":1}', '["\\u0000"]', "[-1]", LONG],
];
/** Numbers that would be others. */
const UNKEPT = new Set(["1e999", "-1e999", "1e400", "9007199254740993"]);
const NO_JSON = new Set(["NaN", "Infinity", "-Infinity"]);

type Path = readonly (string | number)[];

/** Every place in a body. */
function placesIn(value: JsonValue, path: Path = []): { path: Path; value: JsonValue }[] {
  const inner = Array.isArray(value)
    ? value.flatMap((one, at) => placesIn(one, [...path, at]))
    : isObject(value)
      ? Object.entries(value).flatMap(([name, one]) => placesIn(one!, [...path, name]))
      : [];
  return path.length === 0 ? inner : [{ path, value }, ...inner];
}

/** The body as it is written, with another text at one place. */
function spoilt(body: JsonObject, path: Path, text: string): string {
  const copy = structuredClone(body) as JsonObject;
  let at: Record<string | number, JsonValue> = copy as never;
  for (const step of path.slice(0, -1)) at = at[step] as never;
  at[path.at(-1)!] = "\u{10FFFF}";
  return JSON.stringify(copy).replace('"\u{10FFFF}"', () => text);
}

/** Members whose text is one of a few, or names something that there must be. */
const CHOSEN =
  /^(scope|scopeType|purpose|period|refreshPeriod|selector|sticky|status|visibility|type|team|expires_at|base_url)$/;
const LISTED = /^(models|providers|requires|order)$/;
/** Objects of which every member may be absent. */
const OPEN = /^(limits|user|tags|metadata|provider_options|gateway)$/;
const NULLABLE =
  /^(requests_per_minute|tokens_per_minute|concurrent_streams|budget|aiGatewayQuota|expiresAt|order|before)$/;

/** Whether such a text may make sense there. Of everything else a refusal is due. */
function mayBeTaken(route: string, { path, value }: { path: Path; value: JsonValue }, text: string): boolean {
  if (text === LONG || NO_JSON.has(text)) return false;
  const name = String(path.findLast((step) => typeof step === "string"));
  const inList = typeof path.at(-1) === "number";
  if (path[0] === "metadata" && path.length > 1) return !UNKEPT.has(text);
  if (text === "null") return NULLABLE.test(name) || (path.length === 1 && /^PATCH (?!.*budgets)/.test(route));
  if (typeof value === "boolean") return text === "true";
  if (Array.isArray(value)) return text === "[]" && /hresholds$/.test(name);
  if (isObject(value))
    return (
      (text === "{}" && (OPEN.test(name) || /^PATCH .*budget$/.test(`${route} ${name}`))) ||
      (text === '{"a":1}' && name === "metadata")
    );
  if (name === "weight") return text === "1.5" || text === "0.0000000001";
  if (/^(limit_usd|limitAmount)$/.test(name)) return text === "1.5" || text === '"5"';
  if (name === "adjustment_usd") return ["1.5", '"5"', '"-1"', "-1"].includes(text);
  if (typeof value === "number" || CHOSEN.test(name) || (inList && LISTED.test(name))) return false;
  const forPeople = /^(name|description|reason)$/.test(name) && /routing-rules|virtual-models/.test(route);
  return text.startsWith('"') && (forPeople || !/^"(|\\u0000)"$/.test(text));
}

/** Whether an error tells where it is wrong: the member, or that in which it stands. */
function tells(error: { param?: string; message: string }, path: Path): boolean {
  const names = path.filter((step) => typeof step === "string");
  const told = `${error.param ?? ""} ${error.message}`;
  return names.some((name) => told.includes(name));
}

let counted = 100;

/** What stands for anything, or for something else, in an engine, a path or a query. */
const STRANGE = [
  ...["%", "_", "%%", "a%", "x_x", "*", "?", "\\", "..", "../keys", ".", "\0", "null", "-7", "nan", "1e998", "0"],
  ...["9007199254740993", "'", "' OR '1'='1", "x".repeat(8000), "key_01ARZ3NDEKTSV4RRFFQ69G5FAV", "é", " ", "[]", "{}"],
];

/** Lists that are told as a whole, and what is no list. */
const PAGELESS = new Set([
  ...["/admin/health", "/admin/teams", "/admin/routing-rules", "/admin/virtual-models", "/admin/providers"],
]);

/** What must hold of every route that operators are told of or tell something, whatever keeps it. */
export function nonsenseIsRefused(keep: () => Promise<Kept>): void {
  beforeAll(async () => {
    kept = await keep();
    gateway = await startGateway({ config: { admin_token: TOKEN, ...kept.config } });
    ({ pathOf } = await oneOfEach(gateway));
    // SQLite's sums are written a moment after the request that was made there: from then on nothing is written by itself.
    while ((await everything()).rollup_days?.length === 0) await Bun.sleep(5);
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await kept.stop();
  });

  describe.each(Object.entries(WRITES))("%s", (route, { good, whole = good }) => {
    const [method = ""] = route.split(" ");
    const send = (body: string) => ask(gateway, method, pathOf(route), body);

    test("what nobody should say at any place of its body is refused by name, and nothing is changed", async () => {
      const control = await send(JSON.stringify(whole(counted++)));
      expect([control.status < 300, await control.text()]).toEqual([true, expect.any(String)]);
      const before = await everything();
      const wrong: string[] = [];
      let refused = 0;
      for (const place of placesIn(whole(0)))
        for (const text of WORDS) {
          if (mayBeTaken(route, place, text)) continue;
          const reply = await send(spoilt(whole(counted++), place.path, text));
          const told = await reply.text();
          const { error } = JSON.parse(told);
          const [status, code] = text === LONG ? [413, "request_too_large"] : [400, "invalid_request"];
          const isGood = NO_JSON.has(text)
            ? reply.status === 400 && error?.code === "invalid_json"
            : reply.status === status && error?.code === code && (text === LONG || tells(error, place.path));
          if (!isGood)
            wrong.push(`${place.path.join(".")} ${text.slice(0, 20)}: ${reply.status} ${told.slice(0, 300)}`);
          refused++;
        }
      expect(wrong).toEqual([]);
      expect(refused).toBeGreaterThanOrEqual(20);
      expect(await everything()).toEqual(before);
    });

    test("what may be said is taken or refused, and nothing breaks", async () => {
      const wrong: string[] = [];
      for (const place of placesIn(whole(0)))
        for (const text of WORDS) {
          if (!mayBeTaken(route, place, text)) continue;
          const reply = await send(spoilt(whole(counted++), place.path, text));
          if (reply.status >= 500) wrong.push(`${place.path.join(".")} ${text}: ${reply.status}`);
          await reply.arrayBuffer();
        }
      expect(wrong).toEqual([]);
    });

    test("a body that is no object, or has a member that nobody knows, is refused", async () => {
      const before = await everything();
      const wrong: string[] = [];
      const known = JSON.stringify(whole(counted++)).slice(1);
      const bodies = [
        "",
        " ",
        "null",
        "[]",
        "5",
        '"x"',
        "true",
        "[{}]",
        `[{${known}]`,
        `{"limt":5,${known}`,
        "{",
        "{}}",
      ];
      for (const body of [...bodies, `{"__proto__":{"role":"admin"},${known}`, `{"limt":5,"limt":5,${known}`]) {
        const reply = await send(body);
        const { error } = JSON.parse(await reply.text());
        const names = !body.includes("limt") || error.message.includes("limt");
        if (reply.status !== 400 || !names) wrong.push(`${body}: ${reply.status} ${error?.message}`);
      }
      expect(wrong).toEqual([]);
      expect(await everything()).toEqual(before);
    });
  });

  test("names that would be lost are refused by name wherever they stand, and names that only look odd are kept", async () => {
    const wrong: string[] = [];
    const before = await everything();
    for (const [route, { good, whole = good }] of Object.entries(WRITES))
      for (const { path, value } of [{ path: [], value: whole(0) }, ...placesIn(whole(0))]) {
        if (!isObject(value)) continue;
        const inside = Object.keys(value).length === 0 ? "" : `${JSON.stringify(value).slice(1, -1)},`;
        const odd = `{${inside}"__proto__":{"a":1}}`;
        const body = path.length === 0 ? odd : spoilt(whole(counted++), path, odd);
        const [method = ""] = route.split(" ");
        const reply = await ask(gateway, method, pathOf(route), body);
        const { error } = JSON.parse(await reply.text());
        if (reply.status !== 400 || !String(error?.param).endsWith("__proto__"))
          wrong.push(`${route} ${path.join(".")}: ${reply.status} ${error?.message}`);
      }
    expect(wrong).toEqual([]);
    expect(await everything()).toEqual(before);
    const names = NAMES.filter((name) => name !== "__proto__");
    const metadata = Object.fromEntries(names.map((name) => [name, { [name]: [{ [name]: 1 }] }]));
    for (const path of ["/admin/keys", "/admin/teams"]) {
      const made = JSON.parse(await (await ask(gateway, "POST", path, { name: "odd", metadata })).text());
      const told = JSON.parse(await (await ask(gateway, "GET", `${path}/${made.id}`)).text());
      expect([made.metadata, told.metadata]).toEqual([metadata, metadata]);
    }
  });

  test("ids that there are none of lead nowhere, wildcards among them, and nothing is changed", async () => {
    const before = await everything();
    const wrong: string[] = [];
    for (const { method, path, takesBody } of ROUTES) {
      if (!path.includes("{") || path.endsWith("/providers/{provider}/credentials")) continue;
      for (const text of STRANGE) {
        const { good } = WRITES[`${method} ${path}`] ?? {};
        const body = takesBody ? good!(counted++) : undefined;
        const reply = await ask(gateway, method, path.replace(/\{\w+\}/g, encodeURIComponent(text)), body);
        const told = await reply.text();
        // A dot or two are taken out of an address on its way, which is then another.
        const there = /^\.\.?$/.test(text) ? [200, 400, 404, 405] : [400, 404];
        if (!there.includes(reply.status))
          wrong.push(`${method} ${path} ${text.slice(0, 40)}: ${reply.status} ${told}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  test("questions that make no sense are refused by name, and no answer tells what was not asked for", async () => {
    const before = await everything();
    const wrong: string[] = [];
    for (const { method, path, role } of ROUTES) {
      if (method !== "GET" || role !== "admin" || path.includes("{")) continue;
      for (const text of STRANGE) {
        const word = encodeURIComponent(text);
        const limit = await ask(gateway, "GET", `${path}?limit=${word}`);
        // Lists without pages have no questions at all.
        if (limit.status !== 400 && !PAGELESS.has(path))
          wrong.push(`${path}?limit=${text.slice(0, 40)}: ${limit.status}`);
        for (const name of [
          "q",
          "search",
          "owner",
          "team",
          "scope_id",
          "actor",
          "target",
          "action",
          "model",
          "user_id",
        ]) {
          const reply = await ask(gateway, "GET", `${path}?${name}=${word}`);
          const told = await reply.text();
          if (reply.status >= 500) wrong.push(`${path}?${name}=${text.slice(0, 40)}: ${reply.status}`);
          if (reply.status !== 200 || PAGELESS.has(path) || !/^(%|%%|x_x|a%|\?)$/.test(text)) continue;
          const { data } = JSON.parse(told) as { data: unknown[] };
          if (data.length > 0) wrong.push(`${path}?${name}=${text}: ${data.length} found`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  test("every route that is told something is here", () => {
    const all = ROUTES.filter(({ takesBody, role }) => takesBody && role === "admin");
    expect(all.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(WRITES).sort());
  });
}

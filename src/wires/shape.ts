import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";

/**
 * Checks a value in place and says what is wrong with it, or nothing. Only what a shape names is checked; members and
 * variants it does not know pass, since they are a provider's business. Nothing is allocated for a value that fits.
 */
export type Shape = (value: JsonValue) => Mismatch | undefined;

export interface Mismatch {
  /** From the outside in, in reverse. */
  path: (string | number)[];
  expected: string;
}

/** @throws GatewayError `invalid_request` that names the field and what belongs there. */
export function mustFit(shape: Shape, body: JsonObject): void {
  const mismatch = shape(body);
  if (mismatch === undefined) return;
  const param = pathText(mismatch.path.reverse());
  throw new GatewayError("invalid_request", `${JSON.stringify(param)} must be ${mismatch.expected}.`, { param });
}

export function pathText(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : text === "" ? step : `.${step}`;
  return text;
}

export const string: Shape = (value) => (typeof value === "string" ? undefined : expected("a string"));
export const text: Shape = (value) =>
  typeof value === "string" && value !== "" ? undefined : expected("a string that is not empty");
export const boolean: Shape = (value) => (typeof value === "boolean" ? undefined : expected("true or false"));
export const anObject: Shape = (value) => (isObject(value) ? undefined : expected("an object"));
export const anything: Shape = () => undefined;

export function number(min = -Infinity): Shape {
  const what = min === -Infinity ? "a number" : `a number from ${min}`;
  return (value) => (typeof value === "number" && value >= min ? undefined : expected(what));
}

/** A whole number; a large one may have been kept as its own spelling (see `http/body.ts`). */
export function integer(min = -Infinity): Shape {
  const what = min === -Infinity ? "a whole number" : `a whole number from ${min}`;
  return (value) => {
    const whole = isExact(value) ? Number(value.rawJSON) : value;
    return typeof whole === "number" && Number.isInteger(whole) && whole >= min ? undefined : expected(what);
  };
}

export function oneOf(...words: readonly string[]): Shape {
  const what = words.length === 1 ? `"${words[0]}"` : `one of ${words.map((word) => `"${word}"`).join(", ")}`;
  const known: ReadonlySet<JsonValue> = new Set(words);
  return (value) => (known.has(value) ? undefined : expected(what));
}

/** An array of such items. */
export function array(item: Shape, min = 0): Shape {
  const what = min === 0 ? "an array" : "an array that is not empty";
  return (value) => {
    if (!Array.isArray(value) || value.length < min) return expected(what);
    for (let i = 0; i < value.length; i++) {
      const wrong = item(value[i]!);
      if (wrong !== undefined) return inside(i, wrong);
    }
    return undefined;
  };
}

/** An object whose known members fit. `null` stands for absent, as the SDKs send it, except where a member is required. */
export function object(members: Record<string, Shape>, required: readonly string[] = []): Shape {
  const shapes = new Map(Object.entries(members));
  return (value) => {
    if (!isObject(value)) return expected("an object");
    for (const name of required) if (value[name] === undefined) return inside(name, expected("given"));
    for (const name in value) {
      const shape = shapes.get(name);
      const member = value[name];
      if (shape === undefined || member === undefined || (member === null && !required.includes(name))) continue;
      const wrong = shape(member);
      if (wrong !== undefined) return inside(name, wrong);
    }
    return undefined;
  };
}

/** An object of any names whose values all fit. */
export function record(item: Shape): Shape {
  return (value) => {
    if (!isObject(value)) return expected("an object");
    for (const name in value) {
      const wrong = item(value[name]!);
      if (wrong !== undefined) return inside(name, wrong);
    }
    return undefined;
  };
}

/** The shape that the member `tag` names. A tag that the table does not have passes, unless the table is `closed`. */
export function tagged(tag: string, variants: Record<string, Shape>, closed = false): Shape {
  const shapes = new Map(Object.entries(variants));
  const known = oneOf(...shapes.keys());
  return (value) => {
    if (!isObject(value)) return expected(`an object with "${tag}"`);
    const name = value[tag];
    if (typeof name !== "string") return inside(tag, expected("a string"));
    const shape = shapes.get(name);
    if (shape !== undefined) return shape(value);
    return closed ? inside(tag, known(name)!) : undefined;
  };
}

/** The first shape for a string, the second for everything else: the "text or parts" of every wire. */
export function stringOr(other: Shape, what: string): Shape {
  return (value) => {
    if (typeof value === "string") return undefined;
    return typeof value === "object" && value !== null ? other(value) : expected(what);
  };
}

function expected(what: string): Mismatch {
  return { path: [], expected: what };
}

function inside(step: string | number, mismatch: Mismatch): Mismatch {
  mismatch.path.push(step);
  return mismatch;
}

function isExact(value: JsonValue): value is { rawJSON: string } {
  return isObject(value) && Object.getPrototypeOf(value) === null && typeof value.rawJSON === "string";
}

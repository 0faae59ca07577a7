import { GatewayError } from "../core/error.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { nearest } from "../core/near.ts";

/** Where all of the gateway's options stand, or are as good as standing. */
export const OPTIONS = "providerOptions.gateway";

const NAME_LENGTH = 256;
/** Of one answer's beginning (contract 5). */
const SHORTEST = 1000;
const LONGEST = 789_000;

/** @param name the option, or the path within it */
export function refuse(name: string, expected: string): GatewayError {
  const param = `${OPTIONS}.${name}`;
  return new GatewayError("invalid_request", `${JSON.stringify(param)} must be ${expected}.`, { param });
}

/** For a list of words, of which one is none. */
export function refuseWord(name: string, word: JsonValue | undefined, known: readonly string[]): GatewayError {
  const near = typeof word === "string" ? nearest(word, known) : undefined;
  const param = `${OPTIONS}.${name}`;
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  const words = known.map((one) => `"${one}"`).join(", ");
  return new GatewayError("invalid_request", `${JSON.stringify(param)} must be an array of: ${words}.${hint}`, {
    param,
  });
}

/** @throws GatewayError `invalid_request` for a member that the option does not have, with the near word */
export function refuseUnknown(told: JsonObject, name: string, known: readonly string[]): void {
  for (const member in told) {
    if (known.includes(member)) continue;
    const near = nearest(member, known);
    const hint = near === undefined ? `It has ${known.join(", ")}.` : `Did you mean "${near}"?`;
    const param = `${OPTIONS}.${name}.${member}`;
    throw new GatewayError("invalid_request", `${JSON.stringify(param)} is no option of the gateway. ${hint}`, {
      param,
    });
  }
}

/** Names, few enough to be meant. @throws GatewayError */
export function namesOf(value: JsonValue | undefined, name: string, most: number): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isName)) throw refuse(name, "an array of names");
  if (value.length > most) throw refuse(name, `an array of at most ${most} names`);
  return value as string[];
}

/** One name, or nothing. @throws GatewayError */
export function nameOf(value: JsonValue | undefined, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isName(value)) throw refuse(name, "a name");
  return value;
}

function isName(value: JsonValue): value is string {
  return typeof value === "string" && value !== "" && value.length <= NAME_LENGTH;
}

export function flagOf(value: JsonValue | undefined, name: string, usual = false): boolean {
  if (value === undefined || value === null) return usual;
  if (typeof value !== "boolean") throw refuse(name, "true or false");
  return value;
}

/** One of these words, or nothing. @throws GatewayError */
export function wordOf<Word extends string>(
  value: JsonValue | undefined,
  name: string,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined || value === null) return undefined;
  if (words.includes(value as Word)) return value as Word;
  throw refuse(name, words.map((word) => `"${word}"`).join(" or "));
}

export function millisecondsOf(value: JsonValue, name: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= SHORTEST && value <= LONGEST) return value;
  throw refuse(name, `whole milliseconds from ${SHORTEST} to ${LONGEST}`);
}

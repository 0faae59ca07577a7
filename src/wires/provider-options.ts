import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";

/**
 * `providerOptions.<provider>` as body members: the AI SDK writes them in camelCase (`reasoningEffort`), the providers of
 * these wires in snake_case. Names are changed in the options and one level below, values never.
 */
export function snakeOptions(options: JsonValue | undefined): JsonObject {
  if (!isObject(options)) return {};
  const members: JsonObject = {};
  for (const name in options) {
    const value = options[name];
    members[snake(name)] = isObject(value) ? renamed(value) : value;
  }
  return members;
}

function renamed(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [snake(name), value]));
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

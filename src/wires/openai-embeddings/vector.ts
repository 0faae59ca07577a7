import { GatewayError } from "../../core/error.ts";
import type { JsonValue } from "../../core/json.ts";

export type Encoding = "float" | "base64";

/**
 * A vector in the encoding that the client asked for. Base64 is of little-endian 32-bit floats: the official SDKs ask for
 * it by default, and decode an array into garbage.
 */
export function encodeVector(value: JsonValue | undefined, encoding: Encoding): JsonValue {
  if (typeof value === "string") return encoding === "base64" ? value : floats(value);
  if (!Array.isArray(value))
    throw new GatewayError("upstream_malformed", "The provider's answer has an embedding that is no vector.");
  return encoding === "float" ? value : base64(value);
}

function floats(text: string): number[] {
  const bytes = Buffer.from(text, "base64");
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(i * 4));
}

function base64(vector: readonly JsonValue[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [i, value] of vector.entries()) {
    if (typeof value !== "number")
      throw new GatewayError("upstream_malformed", "The provider's answer has an embedding that is not all numbers.");
    bytes.writeFloatLE(value, i * 4);
  }
  return bytes.toString("base64");
}

import type { Key } from "../access/keys.ts";
import type { JsonObject } from "../core/json.ts";
import { catalogueEntry, catalogueOf } from "./catalogue.ts";
import type { Gateway } from "./gateway.ts";
import { previewOf } from "./preview.ts";

/** What operators are shown of how a gateway decides. */
export function insightOf(gateway: Gateway) {
  return {
    models: () => catalogueOf(gateway.snapshot, gateway.health),
    model: (id: string) => catalogueEntry(gateway.snapshot, gateway.health, id),
    preview: (key: Key, body: JsonObject, atMs: number) => previewOf(gateway, key, body, atMs),
  };
}

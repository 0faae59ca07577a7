import type { Key } from "./keys.ts";

/** Who asks from the dashboard: a key that nobody has, may do anything, and stands in no list of keys. Budgets of the gateway and of each key hold for it. */
export const PLAYGROUND: Key = { id: "key_playground", name: "Playground", disabled: false };

import { expect, test } from "bun:test";
import type { ListedProvider, ListedWay, ProviderCredential } from "../../../../src/admin/contract.ts";
import { found, standings, wordOf } from "./standing.ts";

const credential = (problem?: string): ProviderCredential => ({
  provider: "",
  name: "default",
  source: "environment",
  read_only: true,
  weight: 1,
  zero_data_retention: false,
  no_training: false,
  hipaa: false,
  regions: null,
  ...(problem === undefined ? {} : { problem }),
});
const provider = (name: string, ...credentials: ProviderCredential[]): ListedProvider => ({
  name,
  title: name.toUpperCase(),
  docs: null,
  base_url: null,
  authentication: "key",
  variables: [],
  needs_base_url: false,
  usual_region: null,
  models: 1,
  credentials,
});
const way = (name: string, circuit: ListedWay["circuit"]): ListedWay => ({
  endpoint: `${name}:m`,
  provider: name,
  model: "m/m",
  upstream_model: "m",
  credential: null,
  circuit,
  left_alone: null,
  requests_last_15m: { worked: 10, failed: 0 },
  uptime_last_15m: 100,
  uptime_last_1h: 100,
  uptime_last_1d: 100,
  latency_last_1h: null,
  throughput_last_1h: null,
});

test("who is used comes first, the worst at the top, then the others by name", () => {
  const all = standings(
    [provider("c"), provider("b"), provider("good", credential()), provider("bad", credential())],
    [way("good", "closed"), way("bad", "open")],
  );
  expect(all.map(({ provider: { name } }) => name)).toEqual(["bad", "good", "b", "c"]);
});

test("how each does is a word", () => {
  const all = standings(
    [
      provider("a", credential("sealed otherwise")),
      provider("b", credential()),
      provider("c"),
      provider("d", credential()),
    ],
    [way("d", "closed")],
  );
  expect(Object.fromEntries(all.map((one) => [one.provider.name, wordOf(one).word]))).toEqual({
    a: "Cannot be asked",
    b: "Not asked lately",
    c: "No credential",
    d: "Well",
  });
});

test("is found by any words of its name and title", () => {
  const all = standings([provider("bedrock"), provider("groq")], []);
  expect([found(all, "BED rock"), found(all, "")].map((some) => some.length)).toEqual([1, 2]);
});

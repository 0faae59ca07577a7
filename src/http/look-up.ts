import { admitReader, authenticate, showsKey } from "../access/authenticate.ts";
import type { Key } from "../access/keys.ts";
import { aiSdkConfig } from "../catalog/ai-sdk-config.ts";
import { endpointsEntry, modelEntry, pickerList } from "../catalog/listing.ts";
import type { Model, Offer } from "../catalog/model.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { regionsAt } from "../gateway/allowed.ts";
import type { Gateway, Snapshot } from "../gateway/gateway.ts";
import { type Reach, reachOf } from "../gateway/key-rights.ts";
import type { Standing } from "../gateway/standing.ts";
import { EXPOSITION_TYPE } from "../telemetry/exposition.ts";
import { credits, generation, report } from "./metering.ts";
import { metricsPage } from "./metrics.ts";
import { json, respond } from "./respond.ts";
import type { Door } from "./surface.ts";

export interface Question {
  id: string;
  gateway: Gateway;
  headers: Headers;
  query: string;
  draining: boolean;
  standing(): Standing;
  /** Requests whose reply is not over. */
  inFlight: number;
}

/** Answers what needs no provider. @throws GatewayError */
export async function lookUp(
  door: Exclude<Door, { kind: "inference" | "count" | "admin" }>,
  { id, gateway, headers, query, draining, standing, inFlight }: Question,
): Promise<Response> {
  const { snapshot } = gateway;
  switch (door.kind) {
    case "alive":
      return json(id, { status: "ok" });
    case "ready":
      return readiness(id, draining, standing());
    case "metrics":
      await admitReader(snapshot.keys, headers);
      return respond(id, EXPOSITION_TYPE, metricsPage(gateway, inFlight, standing()));
    case "models":
      return json(id, { object: "list", data: (await servedModels(snapshot, headers)).map(modelEntry) });
    case "picker":
      return json(id, pickerList((await servedModels(snapshot, headers)).filter(chatsIn(snapshot))));
    case "config":
      return json(id, aiSdkConfig((await servedModels(snapshot, headers)).filter(chatsIn(snapshot)), door.version));
    case "model":
      return json(id, modelEntry((await servedModel(snapshot, headers, door.id)).model));
    case "endpoints": {
      const { model, reach } = await servedModel(snapshot, headers, door.id);
      const offers = model.offers.filter(({ provider }) => reach.isServedBy(provider));
      return json(id, { data: endpointsEntry(model, offers, (offer) => figuresOf(gateway, model.id, offer)) });
    }
    case "generation":
      return json(id, await generation(gateway, headers, query));
    case "report":
      return json(id, await report(gateway, headers, query));
    case "credits":
      return json(id, await credits(gateway, headers));
    case "absent":
      throw new GatewayError("not_implemented", `This gateway does not have ${door.feature} yet.`);
  }
}

/** Whether requests should come here, and what is missing though they may. Told to anybody: names of what there is to miss, and nothing of it. */
function readiness(id: string, draining: boolean, { refuses, missing }: Standing): Response {
  const status = draining ? "draining" : refuses ? "unavailable" : missing.length > 0 ? "degraded" : "ready";
  const told = missing.length > 0 ? { missing: missing.map(({ what }) => what) } : {};
  return json(id, { status, ...told }, draining || refuses ? 503 : 200);
}

/** How an offer did here, as the hosted gateway tells it (contract 8.2): percents, milliseconds, tokens a second. */
function figuresOf({ snapshot, health }: Gateway, model: string, { provider, upstream }: Offer): JsonObject {
  const { choice, directory } = snapshot;
  const names = directory.virtual.get(model)?.candidates.map(({ name }) => directory.canonical(name)) ?? [model];
  const all = names.flatMap((name) => choice.endpoints.get(name) ?? []);
  const endpoint = all.find((one) => one.provider === provider && one.upstream === upstream);
  if (endpoint === undefined) return {};
  const credentials = choice.credentials.get(provider) ?? [];
  const { uptime15m, uptime1h, uptime1d, latency, throughput, circuit } = health.figures(endpoint, credentials);
  const regions = regionsAt(choice, endpoint);
  return {
    ...(regions.length === 0 ? {} : { inference_regions: regions }),
    uptime_last_15m: uptime15m,
    uptime_last_1h: uptime1h,
    uptime_last_1d: uptime1d,
    latency_last_1h: latency === undefined ? null : { ...latency },
    throughput_last_1h: throughput === undefined ? null : { ...throughput },
    // The hosted gateway has no such member: whether it is asked just now.
    circuit,
  };
}

/** Models that somebody can serve, of those that the key may use. The operator's own are shown to those who have a key. */
async function servedModels(snapshot: Snapshot, headers: Headers): Promise<Model[]> {
  const key = await keyShown(snapshot, headers);
  const reach = reachOf(snapshot, key);
  return [...snapshot.models.values()].filter((model) => isShown(model, reach, key));
}

/** Whether a model can be talked to: some only complete texts, and clients that chat are not shown them. */
function chatsIn({ choice }: Snapshot): (model: Model) => boolean {
  return ({ id, type }) =>
    type !== "language" || choice.endpoints.get(id)?.every(({ wires }) => wires.generate === undefined) !== true;
}

async function servedModel(snapshot: Snapshot, headers: Headers, id: string): Promise<{ model: Model; reach: Reach }> {
  const model = snapshot.models.get(id);
  const key = await keyShown(snapshot, headers);
  const reach = reachOf(snapshot, key);
  if (model === undefined || !isShown(model, reach, key)) {
    throw new GatewayError(
      "model_not_found",
      `Model ${JSON.stringify(id)} not found. GET /v1/models lists what is served.`,
      { param: "model" },
    );
  }
  return { model, reach };
}

function isShown(model: Model, reach: Reach, key: Key | undefined): boolean {
  return (key !== undefined || model.own !== true) && reach.isServed(model);
}

/** Whose key the request shows; nobody's where it shows none that opens. */
async function keyShown(snapshot: Snapshot, headers: Headers): Promise<Key | undefined> {
  if (!showsKey(headers)) return undefined;
  try {
    return await authenticate(snapshot.keys, headers);
  } catch {
    return undefined;
  }
}

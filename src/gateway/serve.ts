import { authenticate } from "../access/authenticate.ts";
import { readTrace } from "../core/trace-context.ts";
import { Generation } from "../ledger/generation.ts";
import { affinityOf } from "./affinity.ts";
import { appOf } from "./app.ts";
import { asideOf } from "./aside.ts";
import { type Answered, attemptStream, attemptWhole, type Trip } from "./attempt.ts";
import type { Call, Reply } from "./call.ts";
import { continued } from "./continuation.ts";
import { errorOf } from "./defect.ts";
import { LEFT } from "./departure.ts";
import type { Gateway } from "./gateway.ts";
import type { Live } from "./live.ts";
import { Outflow } from "./outflow.ts";
import { routeOf } from "./route.ts";
import { seated } from "./seating.ts";
import { explained, noted, refused, settle } from "./settle.ts";

/**
 * One request, from door to door.
 * @throws GatewayError what the client is told instead of an answer
 */
export async function serve(gateway: Gateway, call: Call): Promise<Reply> {
  const { snapshot } = gateway;
  const { changes } = snapshot.keys;
  const key = call.key ?? (await authenticate(snapshot.keys, call.headers));
  gateway.ledger.mustTake();
  const told = call.inbound.read(await call.body(key.id), call.headers, call.files);
  const asked = told.continues === undefined ? told : await continued(gateway.generations, key.id, told);
  const route = routeOf(snapshot, call, key, asked, gateway.health);
  const { preferences } = route;
  const seating = seated(gateway, call, key, route, changes);
  const { ask, plan, seat } = seating instanceof Promise ? await seating : seating;
  const { id, createdAt, startedAt, inbound, departure } = call;
  const facts = { id, createdAt, startedAt, key, ask, preferences, plan, affordable: seat.outputCap };
  const aside = asideOf(plan.legs, gateway.health);
  const generation = new Generation({ ...facts, aside, app: appOf(call.headers), trace: readTrace(call.headers) });
  generation.transcript?.asked(call.headers);
  gateway.metrics.began(ask.stream);
  const { clocks, fetchFile } = snapshot;
  const { health, retries, hedging, drains, tracer } = gateway;
  const asking = { inbound, plan, generation, seat, departure, affinity: affinityOf(call.headers), hear: call.hear };
  const trip: Trip = { ...asking, clocks, fetchFile, health, retries, hedging, drains, tracer };
  return ask.stream ? streamed(gateway, trip) : whole(gateway, trip);
}

/** What the head of a reply tells. */
function marks({ snapshot: { simulated } }: Gateway, { seat }: Trip, contentType = "application/json") {
  return { contentType, simulated, fields: seat.fields };
}

/** The whole answer, once its row is written. */
async function whole(gateway: Gateway, trip: Trip): Promise<Reply> {
  const answered = await attemptWhole(trip).catch((thrown) => refused(gateway, trip, thrown));
  const { given: reply, attempt, passage } = answered;
  const { readings, dropped } = passage;
  // Read on for nobody.
  const error = trip.departure.gone ? (trip.departure.reason ?? LEFT) : undefined;
  const closing = await settle(gateway, trip, { attempt, readings, dropped, error });
  if (error !== undefined) throw explained(error, closing, trip);
  return { body: noted(trip, reply(closing)), ...marks(gateway, trip, readings.contentType) };
}

/** The stream, from the first content on, or from the first heartbeat if the model thinks that long. */
async function streamed(gateway: Gateway, trip: Trip): Promise<Reply> {
  const { inbound, departure: client, generation } = trip;
  const { id, ask } = generation.facts;
  const { heartbeatMs, stalledMs: afterMs } = gateway.snapshot;
  // Among bytes there is no place for words.
  const beat = ask.isBytes === true ? undefined : inbound.heartbeat;
  const outflow = new Outflow(beat, heartbeatMs, () => client.leave(), { afterMs, client, generation });
  const speaking = attemptStream(trip).catch((thrown) => refused(gateway, trip, thrown));
  const first = await Promise.race([speaking, outflow.silent]).catch((thrown) => {
    outflow.stop();
    throw thrown;
  });
  // The status is spent: whatever comes of the attempts is told in band.
  if (first === "silent") {
    const tell = (thrown: unknown) => outflow.end(inbound.encodeErrorFrame(errorOf(gateway, id, thrown), id));
    speaking.then((answered) => pour(gateway, trip, answered, outflow), tell);
  } else pour(gateway, trip, first, outflow);
  const told = first === "silent" ? undefined : first.passage.readings.contentType;
  return { body: outflow.body, ...marks(gateway, trip, told ?? "text/event-stream") };
}

/** Lets a stream flow; at its end the row is written before the last bytes go out. */
function pour(gateway: Gateway, trip: Trip, { given: live, attempt, passage }: Answered<Live>, outflow: Outflow): void {
  const { readings, dropped } = passage;
  const { id } = trip.generation.facts;
  trip.departure.watch(() => gateway.drains.leave(live, trip.departure.reason));
  live.pour(outflow, async (error) => {
    try {
      const closing = await settle(gateway, trip, { attempt, readings, dropped, error });
      if (error !== undefined) throw explained(error, closing, trip);
      outflow.end(live.last.finish(closing));
    } catch (thrown) {
      outflow.fail(live.last.fail(errorOf(gateway, id, thrown)));
    }
  });
}

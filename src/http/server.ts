import type { Server } from "bun";
import type { Key } from "../access/keys.ts";
import type { Admin, Onlooker } from "../admin/routes.ts";
import { Deadline } from "../clock/deadline.ts";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import { generationId } from "../core/id.ts";
import type { Call, Reply } from "../gateway/call.ts";
import { countTokens } from "../gateway/count.ts";
import { errorOf } from "../gateway/defect.ts";
import { Departure } from "../gateway/departure.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { limitsTold } from "../gateway/limits-told.ts";
import { serve } from "../gateway/serve.ts";
import { wireNamed } from "../wires/index.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import type { Inbound } from "../wires/wire.ts";
import { Addresses } from "./addresses.ts";
import { administer } from "./admin.ts";
import type { BodyLimits } from "./body.ts";
import { DASHBOARD_FOLDER, dashboardReply } from "./dashboard.ts";
import { bodyOf, largestOf } from "./form.ts";
import { lookUp } from "./look-up.ts";
import { guarded, narrated } from "./narration.ts";
import { Pressure } from "./pressure.ts";
import { preflight, refusal, respond } from "./respond.ts";
import { dialectOf, isManaged, nearPath, rowOf } from "./surface.ts";
import { targetOf } from "./target.ts";
import { Load, Uploads } from "./uploads.ts";
import { worded } from "./worded.ts";

export interface ListenerParts {
  gateway: Gateway;
  admin: Admin;
  limits: BodyLimits;
  /** Most requests that may be open at once. @default any number */
  openRequests?: number | undefined;
  /** Bytes of large bodies that may be here at once. @default a quarter of the memory */
  openBytes?: number | undefined;
  /** And of one address. */
  openPerAddress?: number | undefined;
  /** Where the dashboard's files are. @default where they are built */
  dashboard?: string | undefined;
}

/** What is known of a request when it is answered. */
interface At {
  door: string;
  load: Load | undefined;
}

/** Idle connections are kept longer than a balancer's 60 s, so that it closes first. */
export const IDLE_SECONDS = 75;
/** How long a connection is left to who was refused before all of the body had come. The runtime adds up to four. */
const UNREAD_SECONDS = 8;
/** After this long a request gets the costlier attention: no idle limit, and word of the client's leaving. */
const PATIENT_MS = 150;

/** Answers HTTP requests. Knows paths, not meanings. */
export class Listener {
  readonly pressure: Pressure;
  private readonly parts: ListenerParts;
  private readonly addresses: Addresses | undefined;
  private readonly uploads: Uploads;
  private open = 0;
  private draining = false;
  private onQuiet: (() => void) | undefined;

  constructor(parts: ListenerParts) {
    this.parts = parts;
    this.pressure = new Pressure(() => this.open, parts.openRequests);
    this.uploads = new Uploads(parts.openBytes, largestOf(parts.limits));
    if (parts.openPerAddress !== undefined) this.addresses = new Addresses(parts.openPerAddress);
  }

  /** Requests whose reply is not over. */
  get inFlight(): number {
    return this.open;
  }

  /** Not ready any more, and every connection is to be closed with its next reply. @returns when nothing is in flight */
  drain(): Promise<void> {
    this.draining = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onQuiet = resolve;
    this.parts.admin.feed.end();
    if (this.open === 0) resolve();
    return promise;
  }

  /** One request. Never throws. */
  async answer(request: Request, server: Server<unknown>): Promise<Response> {
    const at: At = { door: "none", load: undefined };
    const reply = await this.reply(request, server, at);
    this.parts.gateway.metrics.replied(at.door, reply.status);
    if (reply.status >= 400) this.hangUp(reply, at, request, server);
    return reply;
  }

  /** Who may still be sending what nobody will read has a while for it: it could go on for ever. */
  private hangUp({ status, headers }: Response, { load }: At, request: Request, server: Server<unknown>): void {
    if (status === 408) headers.set("connection", "close");
    // Not closed at once: a client in the middle of sending would never see what it is told.
    else if (status === 413 || load?.isCut === true || (!request.bodyUsed && request.body !== null))
      server.timeout(request, UNREAD_SECONDS);
  }

  /** @param at is told which door it was, and what of its body was held */
  private async reply(request: Request, server: Server<unknown>, at: At): Promise<Response> {
    const createdAt = Date.now();
    const id = generationId(createdAt);
    let inbound: Inbound = openaiChat.inbound!;
    try {
      const { path, query } = targetOf(request);
      // No page of another origin has any business with the admin API.
      if (request.method === "OPTIONS" && !isManaged(path)) return preflight(id);
      if (request.method === "CONNECT") {
        const error = new GatewayError("method_not_allowed", "This is no proxy: send requests to its paths.");
        // The runtime takes whatever follows for the inside of a tunnel.
        return refusal(id, error, inbound.encodeError(error, id), { allow: "GET, POST", connection: "close" });
      }
      const row = rowOf(path);
      // Whatever goes wrong from here on is told in the client's own dialect.
      inbound = row !== undefined && "wire" in row.door ? inboundOf(row.door) : wireNamed(dialectOf(path)).inbound!;
      if (row === undefined) {
        const { dashboard: folder = DASHBOARD_FOLDER, admin } = this.parts;
        const page = dashboardReply({ id, path, request, folder, isHost: admin.isHost });
        if (page === undefined) throw nothingAt(path);
        at.door = "dashboard";
        if (this.draining) page.headers.set("connection", "close");
        return page;
      }
      const { door } = row;
      at.door = door.kind === "inference" ? door.wire : door.kind;
      const method = request.method === "HEAD" ? "GET" : request.method;
      if (row.method !== "ANY" && row.method !== method) {
        const error = new GatewayError(
          "method_not_allowed",
          `${path} wants ${row.method}, not ${method.slice(0, 20)}.`,
        );
        this.parts.gateway.metrics.failed(error.code);
        const allow = row.method === "GET" ? "GET, HEAD" : row.method;
        return refusal(id, error, inbound.encodeError(error, id), { allow, ...this.marks(false) });
      }
      if (door.kind === "admin") {
        const { gateway, admin, limits } = this.parts;
        const address = server.requestIP(request)?.address ?? "";
        const hold = () => {
          at.load = new Load(this.uploads);
          return at.load;
        };
        const infer = (key: Key, onlooker: Onlooker) =>
          this.infer(serve, { id, createdAt, inbound, key }, hold(), request, server, onlooker);
        const within = (seconds: number) => () => server.timeout(request, seconds);
        const line = { keep: within(0), leave: within(IDLE_SECONDS), cut: within(1) };
        const facts = {
          line,
          infer,
          hold,
          id,
          path,
          query,
          request,
          address,
          gateway,
          admin,
          limits,
          inFlight: this.open,
          atMs: createdAt,
        };
        const { dashboard: folder = DASHBOARD_FOLDER } = this.parts;
        const reply = await worded(await administer(facts), { request, path, folder });
        if (this.draining) reply.headers.set("connection", "close");
        return reply;
      }
      if (!("wire" in door)) {
        const { gateway } = this.parts;
        const reply = await lookUp(door, {
          id,
          gateway,
          headers: request.headers,
          query,
          draining: this.draining,
          standing: this.parts.admin.standing,
          inFlight: this.open,
        });
        if (this.draining) reply.headers.set("connection", "close");
        return reply;
      }
      const answer = door.kind === "count" ? countTokens : serve;
      at.load = new Load(this.uploads);
      return await this.infer(answer, { id, createdAt, inbound, wire: door.wire }, at.load, request, server);
    } catch (thrown) {
      const error = errorOf(this.parts.gateway, id, thrown);
      return refusal(id, error, inbound.encodeError(error, id), this.marks(this.parts.gateway.snapshot.simulated));
    }
  }

  private async infer(
    answer: typeof serve,
    facts: Pick<Call, "id" | "createdAt" | "inbound" | "key"> & { wire?: WireName },
    load: Load,
    request: Request,
    server: Server<unknown>,
    { stays, hears }: Onlooker = {},
  ): Promise<Response> {
    this.pressure.mustTake();
    const departure = this.expect(request, server, load, stays);
    try {
      const { gateway, limits } = this.parts;
      const { headers } = request;
      const asked = bodyOf(request, facts.inbound, limits, load);
      const call: Call = { ...facts, startedAt: performance.now(), headers, departure, ...asked };
      const { body, contentType, simulated, fields } = await (hears === true
        ? this.narrated(answer, call)
        : answer(gateway, call));
      const marks = this.marks(simulated);
      return respond(facts.id, contentType, body, { more: marks === undefined ? fields : { ...fields, ...marks } });
    } catch (thrown) {
      const { wire, createdAt } = facts;
      const told =
        wire && (await limitsTold(this.parts.gateway, { headers: request.headers, createdAt }, wire, thrown));
      departure.settle();
      throw told ?? thrown;
    }
  }

  /** The body is read before the reply begins. @throws GatewayError */
  private async narrated(answer: typeof serve, call: Call): Promise<Reply> {
    const { gateway } = this.parts;
    const body = await call.body(call.key?.id ?? "");
    return narrated({ gateway, ...call }, (hear) => answer(gateway, { ...call, body: async () => body, hear }));
  }

  /** Counts the request as open until its reply is over, and finds out if the client leaves before. */
  private expect(request: Request, server: Server<unknown>, load: Load, stays?: Onlooker["stays"]): Departure {
    let patient = false;
    const { stalledMs } = this.parts.gateway.snapshot;
    const address = this.addresses?.enter(server.requestIP(request)?.address ?? "");
    const settled = () => {
      patience.clear();
      unguard?.();
      load.end();
      if (address !== undefined) this.addresses?.leave(address);
      // The limit belongs to the connection and outlives the request. It also ends it for who does not take what is left.
      if (patient) server.timeout(request, Math.min(IDLE_SECONDS, Math.ceil(stalledMs / 1000)));
      this.open--;
      if (this.open === 0) this.onQuiet?.();
    };
    // The runtime has no other way to close the connection of who does not read.
    const departure = new Departure(settled, () => server.timeout(request, 1));
    const patience = new Deadline(performance.now() + PATIENT_MS, () => {
      patient = true;
      server.timeout(request, 0);
      // Merely looking at the signal costs a microsecond or two: most requests are over before this.
      if (request.signal.aborted) departure.leave();
      else request.signal.addEventListener("abort", () => departure.leave());
    });
    const unguard = stays === undefined ? undefined : guarded(departure, stays);
    this.open++;
    return departure;
  }

  /** Fields for the replies that are not like most. */
  private marks(simulated: boolean): Record<string, string> | undefined {
    const closes = this.draining || this.pressure.tight;
    if (!simulated && !closes) return undefined;
    return {
      ...(simulated ? { "x-headgate-simulated": "true" } : {}),
      ...(closes ? { connection: "close" } : {}),
    };
  }
}

/** How the clients of a door speak: in the newest edition of its wire, or an earlier. */
function inboundOf(door: { wire: WireName; edition?: string }): Inbound {
  const { inbound, editions } = wireNamed(door.wire);
  return editions?.[door.edition ?? ""] ?? inbound!;
}

function nothingAt(path: string): GatewayError {
  const near = nearPath(path);
  const hint = near === undefined ? "" : ` Did you mean ${JSON.stringify(near)}?`;
  return new GatewayError("not_found", `There is nothing at ${JSON.stringify(path.slice(0, 200))}.${hint}`);
}

/**
 * What `GET /admin/events` sends, as server-sent events: the name of each is a member of {@link LiveEvents}, its `data` is JSON. It is what happens in
 * the process that answers: where there are several workers or replicas, each tells its own. No event has an id, and nothing is sent again:
 * whoever was away, or is told `lagged`, asks the lists anew.
 */

import type { ListedGeneration } from "./generation.ts";

/** The first event, and one each second from then on. */
export interface Pulse {
  /** ISO 8601 */
  readonly at: string;
  /** Streams that clients are being answered with. */
  readonly streams_open: number;
  /** Requests for answers whose reply is not over; streams are among them. */
  readonly requests_in_flight: number;
  /** Which of several processes of one machine this is, from 1 on; `null` where it is the only one. */
  readonly worker: number | null;
}

/** What lists there are to be read anew. */
export type ChangedList =
  | "keys"
  | "teams"
  | "budgets"
  | "credentials"
  | "routing_rules"
  | "virtual_models"
  | "corrections"
  | "settings";

/** Something was changed by way of the admin API: here, or at another replica. */
export interface Changed {
  readonly what: ChangedList;
}

/** The listener did not keep up, or too much happened at once: so many events, pulses aside, were not sent. */
export interface Lagged {
  readonly missed: number;
}

/** The last event: what is sent later is sent to who connects anew. */
export interface LiveEnd {
  /** The gateway stops; whoever listened may no longer; it took nothing for too long. */
  readonly why: "stopping" | "signed_out" | "stalled";
}

export interface LiveEvents {
  /** A request that is over, as it stands in the ledger. */
  readonly generation: ListedGeneration;
  readonly pulse: Pulse;
  readonly changed: Changed;
  readonly lagged: Lagged;
  readonly end: LiveEnd;
}

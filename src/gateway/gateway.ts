import type { Gate } from "../access/admit.ts";
import { broughtSecret } from "../access/authenticate.ts";
import type { KeyRing } from "../access/keys.ts";
import type { Model } from "../catalog/model.ts";
import type { DirectionsConfig } from "../config/direction.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Price } from "../core/money.ts";
import type { Source } from "../core/request.ts";
import type { Alarms } from "../ledger/alarms.ts";
import type { LedgerWriter } from "../ledger/writer.ts";
import type { Directory } from "../routing/direction.ts";
import type { Choice } from "../routing/plan.ts";
import type { BodyStore } from "../store/bodies.ts";
import type { CorrectionStore } from "../store/corrections.ts";
import type { GenerationRow, GenerationStore } from "../store/generations.ts";
import type { ReportStore } from "../store/reports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracer.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Clocks } from "../upstream/watch.ts";
import type { OwnPlaces } from "./byok.ts";
import type { ClientAccounts } from "./credentials.ts";
import type { Resilience } from "./resilience.ts";

/** Everything that a request is decided by, compiled once and never changed: a reload makes another. */
export interface Snapshot {
  readonly choice: Choice<Credential>;
  readonly models: ReadonlyMap<string, Model>;
  /** With those that rules deny. */
  readonly known: ReadonlyMap<string, Model>;
  /** Where the operator's rules and virtual models lead. */
  readonly directory: Directory;
  /**
   * What changes with other rules and virtual models, and nothing else does: who serves, and what was learned of them, stays.
   * @throws ConfigError
   */
  directions(told: DirectionsConfig): Pick<Snapshot, "directory" | "models" | "known" | "choice">;
  readonly keys: KeyRing;
  /** Where clients may be served on an account of their own, by provider. */
  readonly accounts: ReadonlyMap<string, ClientAccounts>;
  /** Where the credentials that a request brings in its body may lead. */
  readonly places: OwnPlaces;
  /** What is counted against budgets for what has no price; absent: it is refused there. */
  readonly ceiling?: Price | undefined;
  readonly heartbeatMs: number;
  /** How long a client may take nothing of a stream that there is more of. */
  readonly stalledMs: number;
  /** The built-in simulator answers for every provider. */
  readonly simulated: boolean;
  clocks(provider: string): Clocks;
  /** The file at an address of a client's choosing, within the limits. */
  fetchFile(url: string): Promise<Source>;
}

/**
 * What there is to choose from for this client. Its own secret for a provider takes the place of ours there, for this one
 * request: it goes to that provider's address, and is remembered nowhere.
 */
export function choiceFor({ choice, accounts }: Snapshot, headers: HeaderFields): Choice<Credential> {
  const brought = broughtSecret(headers);
  if (brought === undefined) return choice;
  const own = [...accounts].flatMap(([provider, account]) => {
    const credential = account.credentialFor(brought);
    return credential === undefined ? [] : [[provider, [credential]] as const];
  });
  return own.length === 0 ? choice : { ...choice, credentials: new Map([...choice.credentials, ...own]) };
}

/** Who wants to hear of requests as they end. */
export interface Audience {
  /** Is told once the row is committed. Absent while nobody listens. */
  closed?: ((row: GenerationRow, keyName: string | undefined) => void) | undefined;
}

/** A running gateway: what it is decided by now, what it has learned, and where it writes down what it did. */
export interface Gateway extends Resilience {
  readonly snapshot: Snapshot;
  /** Who lets requests in, in this order. */
  readonly gates: readonly Gate[];
  readonly ledger: LedgerWriter;
  readonly generations: GenerationStore;
  readonly bodies: BodyStore;
  readonly corrections: CorrectionStore;
  readonly reports: ReportStore;
  readonly alarms: Alarms;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly audience: Audience;
  /** Tells the operator, under the id of a request, what no client may be told: a defect, or that nothing can be written. */
  complain(id: string, cause: unknown): void;
}

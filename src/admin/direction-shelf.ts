import type { DirectionsConfig } from "../config/direction.ts";
import type { Snapshot } from "../gateway/gateway.ts";
import type { Soon, Statement } from "../store/database.ts";
import type { DirectionKind, DirectionRow } from "../store/directions.ts";

/** Where they are kept. */
export interface DirectionShelf {
  /** All or none. */
  put(rows: readonly DirectionRow[], along?: readonly Statement[]): Soon<void>;
  remove(kind: DirectionKind, id: string, along?: readonly Statement[]): Soon<void>;
}

export interface DirectionsParts {
  /** Those of the configuration: they come first, and cannot be changed here. */
  config: DirectionsConfig;
  shelf: DirectionShelf;
  /** What lies there. */
  kept: readonly DirectionRow[];
  /** @throws ConfigError */
  compile: Snapshot["directions"];
  /** Requests that come after this are led so. */
  apply(compiled: ReturnType<Snapshot["directions"]>): void;
  /** Tells other replicas, where there are any that hold the same. */
  tell?: (row: DirectionRow) => void;
  /** What lies there by now, where other replicas change it as well: it is read before each change. */
  current?: () => Soon<readonly DirectionRow[]>;
  /** Hears of one that was kept and does not hold any more. */
  complain(id: string, cause: unknown): void;
}

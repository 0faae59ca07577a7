/** Something beside the gateway that is out of reach, or fails. */
export interface Missing {
  readonly what: "database" | "redis";
  /** Unix milliseconds. */
  readonly since: number;
  /** Until when requests are served without it; `null`: as long as it takes. */
  readonly servedUntil: number | null;
}

/** How it stands with what the gateway needs. */
export interface Standing {
  /** Nothing is begun any more: what would be used cannot be written down. */
  readonly refuses: boolean;
  readonly missing: readonly Missing[];
  /** Rows of the ledger that are kept beside the database; and those of them that are on no disk. */
  readonly rowsWaiting: number;
  readonly rowsInMemory: number;
}

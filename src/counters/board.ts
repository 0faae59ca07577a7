/** What is known of one thing for a while; `forMs` of 0 or less: nothing any more. */
export interface Entry {
  readonly topic: string;
  readonly text: string;
  readonly forMs: number;
}

/**
 * Where replicas of a gateway leave one another word. It is there or it is not: nobody waits for it, and nothing that it
 * holds is needed to answer.
 */
export interface Board {
  /** Tells the others as soon as that can be done; of one topic only the last word counts. Never throws. */
  post(entry: Entry): void;
}

/** Who reads a board. */
export interface Reader {
  /** All that may stand there; anything else is passed over. */
  topics(): readonly string[];
  /** What another wrote, who may have written anything. */
  read(entry: Entry): void;
}

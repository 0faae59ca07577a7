/** A thing that all replicas hold alike. */
export interface Item {
  readonly name: string;
  /** Begins with its stamp. */
  readonly text: string;
}

/** Characters of a stamp. Of two texts of one name the one with the greater stamp counts, wherever it was made, and stays. */
export const STAMP_LENGTH = 33;

/** Who holds the things of a table, and has them where nobody else is in reach. */
export interface Holder {
  /** How many there are. */
  size(): number;
  all(): readonly Item[];
  /** What others told, who may have told anything. */
  learn(items: readonly Item[]): void;
}

import type { Statement } from "../store/database.ts";

/** What is changed in the batch of another change: there are both, or neither. */
export interface Beside {
  readonly statements: readonly Statement[];
  /** Has this process know of it, once that holds. Never throws. */
  hold(): void;
}

/** Of what stands there now: where others were faster, it is drawn anew, and tried again. */
export type Draw = () => Promise<Beside>;

/** Of a change that stands alone. */
export const alone: Draw = async () => ({ statements: [], hold() {} });

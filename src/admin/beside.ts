import type { Statement } from "../store/database.ts";

/** What is changed in the batch of another change: there are both, or neither. */
export interface Beside {
  readonly statements: readonly Statement[];
  /** Has this process know of it, once that holds. Never throws. */
  hold(): void;
}

/** Of what stands there now: where others were faster, it is drawn anew, and tried again. */
export type Draw = () => Promise<Beside>;

/** What others change as well: what of it holds here is read anew. */
export interface Renewed {
  /** How often it was. */
  readonly renewals: number;
  /** All that has changed by now holds here afterwards. @throws GatewayError `database_unavailable` */
  catchUp(): Promise<void>;
  /** What is to be changed waits for this: others' changes could not be read for those that are made here. */
  readonly pause: Promise<void> | undefined;
}

/** Called before something is written. @returns has that hold, once it is: unless what others have changed was read meanwhile, which may be later */
export async function holding(renewed: Renewed | undefined): Promise<(hold: () => void) => Promise<void>> {
  await renewed?.pause;
  const before = renewed?.renewals;
  return async (hold) => {
    if (renewed === undefined || renewed.renewals === before) hold();
    else await renewed.catchUp();
  };
}

/** Of a change that stands alone. */
export const alone: Draw = async () => ({ statements: [], hold() {} });

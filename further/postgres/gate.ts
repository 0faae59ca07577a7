/** Whoever asks one of a store's methods, or its first callers, waits: before it is asked, as in a database that is slow, or for the answer, which was lost on its way. */
export interface Held {
  /** How many wait now. */
  readonly waiting: number;
  /** Lets those go on who wait now. */
  next(): void;
  /** Lets everybody go on from now on. */
  open(): void;
}

/** @param most so many are held at the most */
export function held<Store extends object>(
  store: Store,
  name: keyof Store,
  where: "before" | "answer",
  most = Number.POSITIVE_INFINITY,
): Held {
  const act = store[name] as (...told: unknown[]) => unknown;
  let waiting: (() => void)[] = [];
  let left = most;
  store[name] = async function (this: Store, ...told: unknown[]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (left-- <= 0) return act.apply(this, told);
    const answer = where === "answer" ? await act.apply(this, told) : undefined;
    waiting.push(resolve);
    await promise;
    return where === "answer" ? answer : act.apply(this, told);
  } as Store[keyof Store];
  const next = () => {
    for (const goOn of waiting.splice(0)) goOn();
  };
  return {
    get waiting() {
      return waiting.length;
    },
    next,
    open() {
      store[name] = act as Store[keyof Store];
      left = 0;
      next();
      waiting = [];
    },
  };
}

/** At once, or as soon as somebody else has answered. */
export type Soon<T> = T | Promise<T>;

/** Goes on with what is there, at once where it is. */
export function after<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

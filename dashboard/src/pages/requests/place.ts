/** Where somebody comes back to who has looked at one request: its row. */

let last: { readonly id: string; readonly byKeyboard: boolean } | undefined;

/** Takes note of the request that is left for the list. */
export function comeFrom(id: string, byKeyboard: boolean): void {
  last = { id, byKeyboard };
}

/** The request that the list was left for; once. */
export function cameFrom(): typeof last {
  const one = last;
  last = undefined;
  return one;
}

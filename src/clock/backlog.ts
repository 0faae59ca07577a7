import { latenessMs } from "./deadline.ts";

/** Of each turn of the loop, for what waits: as much again is done of it in the wake of that. */
const SLICE_MS = 5;

/** Whose answer has come, and is not read yet. */
export interface Waiting {
  catchUp(): void;
}

let queue: Waiting[] = [];
let head = 0;
/** When the first of them came, on the clock of `performance.now()`. */
let since = 0;

/**
 * Whether an answer that comes now has to wait, since others do or the loop is late by now. A thousand that are there at once
 * take a second to be passed on, in which nobody else would be read: not even who is to be refused, or asks how it is.
 */
export function isBehind(): boolean {
  return queue.length > 0 || latenessMs() > 0;
}

/** It is told to catch up in one of the next turns, in the order in which they came. */
export function later(who: Waiting): void {
  if (queue.length === 0) {
    since = performance.now();
    setImmediate(work);
  }
  queue.push(who);
}

/** For how long somebody has been waiting, in milliseconds; 0 where nobody is. */
export function waitingMs(): number {
  return queue.length === 0 ? 0 : performance.now() - since;
}

function work(): void {
  const until = performance.now() + SLICE_MS;
  do queue[head++]!.catchUp();
  while (head < queue.length && performance.now() < until);
  if (head < queue.length) setImmediate(work);
  else {
    queue = [];
    head = 0;
  }
}

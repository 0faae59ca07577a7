import { latenessMs } from "./deadline.ts";

/** Of each turn of the loop, for what waits: as much again is done of it in the wake of that. With 5, whoever is refused in a storm waits half as long again. */
const SLICE_MS = 2;

/** Whose answer has come, and is not read yet. */
export interface Waiting {
  catchUp(): void;
}

/** In the order in which they came, each with when that was, on the clock of `performance.now()`. */
let queue: { readonly who: Waiting; readonly since: number }[] = [];
/** Before this nobody waits any more. */
let head = 0;
/** So many who do not are kept before the queue is made anew. */
const GONE_CAP = 1024;

/**
 * Whether an answer that comes now has to wait, since others do or the loop is late by now. A thousand that are there at once
 * take a second to be passed on, in which nobody else would be read: not even who is to be refused, or asks how it is.
 */
export function isBehind(): boolean {
  return queue.length > 0 || latenessMs() > 0;
}

/** It is told to catch up in one of the next turns, in the order in which they came. */
export function later(who: Waiting): void {
  if (queue.length === 0) setImmediate(work);
  queue.push({ who, since: performance.now() });
}

/** For how long the first of them has been waiting, in milliseconds; 0 where nobody is. */
export function waitingMs(): number {
  const first = queue[head];
  return first === undefined ? 0 : performance.now() - first.since;
}

function work(): void {
  const until = performance.now() + SLICE_MS;
  try {
    do queue[head++]!.who.catchUp();
    while (head < queue.length && performance.now() < until);
  } finally {
    // Whatever becomes of one, the others are not forgotten.
    const isOver = head === queue.length;
    if (isOver || head > GONE_CAP) {
      queue = queue.slice(head);
      head = 0;
    }
    if (!isOver) setImmediate(work);
  }
}

import type { ReactElement } from "react";
import { enter, leave } from "./dom.ts";
import { cleanup, render, userEvent } from "./loaded.ts";

/**
 * Draws a part of a page alone, in place of what was drawn before. Whoever draws has {@link putAway} done when all is over.
 * @returns who uses it, and what draws it anew with other properties
 */
export function draw(part: ReactElement) {
  enter();
  cleanup();
  const { rerender, container } = render(part);
  return { user: userEvent.setup(), redraw: rerender, container };
}

export async function putAway(): Promise<void> {
  cleanup();
  await leave();
}

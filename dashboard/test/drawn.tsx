import "./dom.ts";
import type { ReactElement } from "react";

// Loaded when there is a document: they look for one as they are loaded.
const { cleanup, configure, render } = await import("@testing-library/react/pure");
const { userEvent } = await import("@testing-library/user-event");
// On machines that are busy. What is found at once is not waited for.
configure({ asyncUtilTimeout: 10_000 });

/** Draws a part of a page alone, in place of what was drawn before. @returns who uses it, and what draws it anew with other properties */
export function draw(part: ReactElement) {
  cleanup();
  const { rerender, container } = render(part);
  return { user: userEvent.setup(), redraw: rerender, container };
}

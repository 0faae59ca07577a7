import { enter, leave } from "./dom.ts";

/**
 * The libraries, and the whole dashboard, loaded once while there is a document: some of it looks for one as it is loaded, and in a process
 * that runs many files it is loaded by the first that needs it.
 */
enter();
export const { cleanup, configure, fireEvent, render, screen, waitFor, within } = await import(
  "@testing-library/react/pure"
);
export const { userEvent } = await import("@testing-library/user-event");
export const { createMemoryHistory } = await import("@tanstack/react-router");
export const { App } = await import("../src/app.tsx");
const SOURCE = `${import.meta.dir}/../src`;
for (const path of new Bun.Glob("{ui,shell,pages}/**/*.{ts,tsx}").scanSync(SOURCE))
  if (!path.includes(".test.")) await import(`${SOURCE}/${path}`);
// On machines that are busy. What is found at once is not waited for.
configure({ asyncUtilTimeout: 10_000 });
await leave();

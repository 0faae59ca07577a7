/** When something in a folder was last changed, milliseconds: a file, or which files there are. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export function newestIn(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    // What is gone by now has changed its folder.
    const file = () => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : file());
  }
  return newest;
}

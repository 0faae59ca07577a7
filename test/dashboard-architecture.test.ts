import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const ROOT = join(import.meta.dir, "..");
const SOURCES = [...new Bun.Glob("dashboard/src/**/*.{ts,tsx}").scanSync({ cwd: ROOT })]
  .filter((path) => !path.includes(".test."))
  .sort();
const LONGEST = 300;
const CONTRACT = "src/admin/contract";

const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** Relative imports of a file, as paths from the root, those that are loaded when it is asked for among them. */
function importsOf(path: string): { path: string; isType: boolean }[] {
  const text = textOf(path);
  const fixed = [...text.matchAll(/^(?:import|export)\s+(type\s+)?[^;"]*?from\s+"(\.[^"]+)"/gm)];
  const lazy = [...text.matchAll(/import\("(\.[^"]+)"\)/g)];
  return [
    ...fixed.map(([, type, target]) => ({ path: target!, isType: type !== undefined })),
    ...lazy.map(([, target]) => ({ path: target!, isType: false })),
  ].map(({ path: target, isType }) => ({ path: normalize(join(dirname(path), target)), isType }));
}

/** `dashboard/src/pages/keys/page.tsx` → `pages/keys`; `dashboard/src/ui/button.tsx` → `ui`; `dashboard/src/main.tsx` → `main`. */
function roomOf(path: string): string {
  const [first = "", second] = path.replace("dashboard/src/", "").split("/");
  if (first === "pages" && second !== undefined) return `pages/${second}`;
  return first.replace(/\.tsx?$/, "");
}

test("there is a dashboard to look at", () => {
  expect(SOURCES.length).toBeGreaterThan(40);
});

describe("the dashboard", () => {
  test.each(SOURCES)("%s knows the gateway by the contract of its admin API alone", (path) => {
    const outside = importsOf(path).filter((one) => !one.path.startsWith("dashboard/src/"));
    expect(outside.filter((one) => !one.isType || !one.path.startsWith(CONTRACT)).map((one) => one.path)).toEqual([]);
  });

  test.each(SOURCES)("%s takes nothing from another page", (path) => {
    const from = roomOf(path);
    const pages = importsOf(path)
      .map((one) => roomOf(one.path))
      .filter((room) => room.startsWith("pages/") && room !== from);
    expect(from === "router" ? [] : pages).toEqual([]);
  });

  test.each(SOURCES)("%s is not too long", (path) => {
    expect(textOf(path).split("\n").length - 1).toBeLessThanOrEqual(LONGEST);
  });

  test("asks nobody but the admin API", () => {
    const asking = SOURCES.filter((path) =>
      /\b(fetch|EventSource|WebSocket|XMLHttpRequest|sendBeacon)\(/.test(textOf(path)),
    );
    expect(asking).toEqual(["dashboard/src/api/client.ts", "dashboard/src/api/events.ts"]);
  });

  test("writes what it is told as text: nothing of it can run", () => {
    const writing = SOURCES.filter((path) =>
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/.test(
        textOf(path),
      ),
    );
    expect(writing).toEqual([]);
  });

  test("is drawn in colours that light and dark both have", () => {
    // Of the mark alone the colour is its own.
    const raw = SOURCES.filter((path) => !path.endsWith("/mark.tsx")).filter((path) =>
      /#[0-9a-f]{6}\b|\b(bg|text|border)-(red|green|blue|gray|slate|zinc|amber|white)-?\d*\b/.test(textOf(path)),
    );
    expect(raw).toEqual([]);
  });

  test("there is no way around the types", () => {
    const escapes = SOURCES.filter((path) =>
      /(: any\b|\bas any\b|<any>|@ts-ignore|@ts-expect-error)/.test(textOf(path)),
    );
    expect(escapes).toEqual([]);
  });
});

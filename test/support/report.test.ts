import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { foundIn, testsOf } from "../../scripts/scoreboard/found.ts";
import { testsIn } from "./report.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs these files side by side, as `npm test` does, and reads what was written down of it. */
async function ran(files: Record<string, string>): Promise<string> {
  const place = mkdtempSync(join(folder, "ran-"));
  mkdirSync(join(place, "test", "deep"), { recursive: true });
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(place, "test", name), `import { describe, expect, test } from "bun:test";\n${text}`);
  const how = ["--parallel=2", "--no-isolate", "--parallel-delay=0", "--reporter=junit"];
  await Bun.spawn([process.execPath, "test", ...how, `--reporter-outfile=${place}/all.xml`, "./test"], {
    cwd: place,
    stdout: "ignore",
    stderr: "ignore",
  }).exited;
  return place;
}

const FILES = {
  "good.test.ts": `describe("a <&> \\"b\\"", () => test("it's so", () => {}));`,
  "deep/bad.test.ts": `test("it is not", () => expect("<one>").toBe("two")); test("it is", () => {}); test.skip("nobody knows", () => {});`,
};

test("a report has every test that ran, where it stands, and what it failed by", async () => {
  const place = await ran(FILES);
  const tests = testsIn(await Bun.file(join(place, "all.xml")).text()).sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(tests.map(({ file, name, failure }) => [file, name.trim(), failure === undefined])).toEqual([
    ["test/deep/bad.test.ts", "it is", true],
    ["test/deep/bad.test.ts", "it is not", false],
    ["test/good.test.ts", `a <&> "b" it's so`, true],
  ]);
  expect(tests[1]!.failure).toContain(`Received: "<one>"`);
});

test("what was found of files and folders, or that one of them did not run", async () => {
  const place = await ran(FILES);
  const figure = { row: "U1", what: "how many", value: 3, atMost: 2 };
  writeFileSync(join(place, "figures.jsonl"), `${JSON.stringify(figure)}\n`);
  const found = foundIn(place);
  expect(found.figures).toEqual([figure]);
  expect(testsOf(found, ["./test/good.test.ts"])).toHaveLength(1);
  expect(testsOf(found, ["./test/deep"])).toHaveLength(2);
  expect(testsOf(found, ["./test"])).toHaveLength(3);
  expect(testsOf(found, ["./test/good.test.ts", "./test/other.test.ts"])).toBeUndefined();
  expect(testsOf(found, ["./test/de"])).toBeUndefined();
  expect(() => foundIn(join(place, "test"))).toThrow("has no report");
});

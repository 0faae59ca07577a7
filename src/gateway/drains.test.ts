import { describe, expect, test } from "bun:test";
import type { Credential } from "../upstream/credentials.ts";
import { Departure } from "./departure.ts";
import { Drains } from "./drains.ts";

/** A whole answer whose client leaves while it is waited for. @returns what came of it */
function left(drains: Drains, kind: Credential["kind"], at: { isSent: boolean; gone?: boolean }): Promise<string> {
  const departure = new Departure(() => {});
  if (at.gone === true) departure.leave();
  return drains.whole(departure, { kind } as Credential, (interruption) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    interruption.watch(
      () => resolve("ended"),
      () => at.isSent,
    );
    departure.leave();
    resolve("read on");
    return promise;
  });
}

describe("a whole answer whose client leaves", () => {
  test("is read on where the operator wants it, on the operator's account", async () => {
    expect(await left(new Drains(true), "system", { isSent: true })).toBe("read on");
    expect(await left(new Drains(false), "system", { isSent: true })).toBe("ended");
    expect(await left(new Drains(true), "byok", { isSent: true })).toBe("ended");
  });

  test("is not asked for any more where nothing was sent yet", async () => {
    expect(await left(new Drains(true), "system", { isSent: false })).toBe("ended");
    expect(await left(new Drains(true), "system", { isSent: true, gone: true })).toBe("ended");
  });

  test("makes room for others when it is over", async () => {
    const drains = new Drains(true);
    for (let i = 0; i < 100; i++) expect(await left(drains, "system", { isSent: true })).toBe("read on");
  });
});

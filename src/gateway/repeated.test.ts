import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { Answer } from "../upstream/answer.ts";
import type { Interruption } from "../upstream/open.ts";
import { repeated } from "./repeated.ts";

const NEVER: Interruption = { watch() {} };
const answer = (status: number, whole: string) => ({ status, whole }) as Answer;

/** Asks for each of these in turn; an error is thrown. */
function telling(...told: (Answer | Error)[]) {
  return async () => {
    const next = told.shift()!;
    if (next instanceof Error) throw next;
    return next;
  };
}

const LIMITED = answer(429, "slow down");
const RESET = new GatewayError("upstream_reset", "It broke.");

describe("a question that is asked several times", () => {
  test("has all the answers, as a list", async () => {
    const told = await repeated(3, NEVER, telling(answer(200, "1"), answer(200, "2"), answer(200, "3")));
    expect(told.whole).toBe("[1,2,3]");
  });

  test("has those that there are, where others were refused or broke", async () => {
    const told = await repeated(4, NEVER, telling(LIMITED, answer(200, "1"), RESET, answer(200, "2")));
    expect(told).toMatchObject({ status: 200, whole: "[1,2]" });
  });

  test("is refused where all are, and broken where nobody even refuses", async () => {
    expect(await repeated(2, NEVER, telling(RESET, LIMITED))).toBe(LIMITED);
    expect(repeated(2, NEVER, telling(RESET, RESET))).rejects.toBe(RESET);
  });

  test("is asked once as it stands", async () => {
    for (const times of [1, undefined])
      expect((await repeated(times, NEVER, telling(answer(200, "1")))).whole).toBe("1");
  });

  test("ends all at once when nobody wants the answer any more, and who comes later at once", async () => {
    let leave: (() => void) | undefined;
    let isSent: (() => boolean) | undefined;
    const until: Interruption = {
      watch(act, sent) {
        leave = act;
        isSent = sent;
      },
    };
    const ended: number[] = [];
    let asked = 0;
    const ask = (one: Interruption) => {
      const number = ++asked;
      const { promise, reject } = Promise.withResolvers<Answer>();
      const watch = () =>
        one.watch(
          () => {
            ended.push(number);
            reject(RESET);
          },
          () => number === 2,
        );
      // The last is slow to begin.
      if (number === 3) queueMicrotask(() => queueMicrotask(watch));
      else watch();
      return promise;
    };
    const told = repeated(3, until, ask).catch((error: unknown) => error);
    expect(isSent!()).toBe(true);
    leave!();
    expect(ended).toEqual([1, 2]);
    expect(await told).toBe(RESET);
    expect(ended).toEqual([1, 2, 3]);
  });
});

import { expect, test } from "bun:test";
import { type Behind, Stalls } from "./stalls.ts";

/** Clients by name, and who was let go, in turn. */
function crowd() {
  const gone: string[] = [];
  let told = Promise.withResolvers<void>();
  return {
    gone,
    /** Until somebody goes. */
    next: () => told.promise,
    client: (name: string): Behind => ({
      letGo() {
        gone.push(name);
        told.resolve();
        told = Promise.withResolvers();
      },
    }),
  };
}

test("where too many have fallen behind, who did so first goes, and no more than there are too many", () => {
  const { gone, client } = crowd();
  const stalls = new Stalls(2, 0);
  for (const name of ["one", "two", "three", "four"]) stalls.enter(client(name));
  expect(gone).toEqual(["one", "two"]);
});

test("who has taken something meanwhile was not the first, and who has caught up is none of them", () => {
  const { gone, client } = crowd();
  const stalls = new Stalls(2, 0);
  const [one, two, three] = ["one", "two", "three"].map(client) as [Behind, Behind, Behind];
  stalls.enter(one);
  stalls.enter(two);
  stalls.leave(one);
  stalls.enter(one);
  stalls.leave(two);
  stalls.enter(three);
  expect(gone).toEqual([]);
  stalls.enter(two);
  expect(gone).toEqual(["one"]);
});

test("nobody goes before some time is over, and then without another one's coming", async () => {
  const { gone, next, client } = crowd();
  const stalls = new Stalls(1, 60);
  const began = performance.now();
  for (const name of ["one", "two"]) stalls.enter(client(name));
  expect(gone).toEqual([]);
  await next();
  expect(gone).toEqual(["one"]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(60);
});

test("where enough have caught up by then, nobody goes", async () => {
  const { gone, next, client } = crowd();
  const stalls = new Stalls(1, 60);
  const [one, two, three] = ["one", "two", "three"].map(client) as [Behind, Behind, Behind];
  stalls.enter(one);
  stalls.enter(two);
  stalls.leave(one);
  // A look that found nobody is followed by another where there are too many again.
  await Bun.sleep(120);
  expect(gone).toEqual([]);
  const went = next();
  stalls.enter(three);
  await went;
  expect(gone).toEqual(["two"]);
});

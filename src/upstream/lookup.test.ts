import { describe, expect, test } from "bun:test";
import { settled } from "./fixtures/exchange.ts";
import { type Found, Names } from "./lookup.ts";

/** Names whose resolver and clock the test holds in its hands. */
function held() {
  const waiting: { host: string; say: (found: Found[]) => void; fail: (code: string) => void }[] = [];
  const clock = { now: 0 };
  const names = new Names(
    (host) =>
      new Promise((resolve, reject) => {
        waiting.push({ host, say: resolve, fail: (code) => reject(Object.assign(new Error(code), { code })) });
      }),
    () => clock.now,
  );
  /** Looks up a name, and has this said of it. */
  const learn = async (host: string, addresses: string[], ttl: number) => {
    const found = names.addresses(host);
    waiting.at(-1)!.say(addresses.map((address) => ({ address, ttl })));
    return found;
  };
  return { names, waiting, clock, learn };
}

const codeOf = async (lookup: Promise<unknown> | readonly string[]) =>
  Promise.resolve(lookup).then(
    (found) => found,
    (cause) => cause.code,
  );

describe("a name", () => {
  test("is looked up once, however many want to know, and then known at once for as long as it says", async () => {
    const { names, waiting, clock } = held();
    const all = Array.from({ length: 100 }, () => names.addresses("a.test"));
    expect(waiting).toHaveLength(1);
    waiting[0]!.say([
      { address: "192.0.2.1", ttl: 60 },
      { address: "192.0.2.1", ttl: 60 },
      { address: "2001:db8::1", ttl: 30 },
    ]);
    for (const one of await Promise.all(all)) expect(one).toEqual(["192.0.2.1", "2001:db8::1"]);
    clock.now = 29_999;
    expect(names.addresses("a.test")).toEqual(["192.0.2.1", "2001:db8::1"]);
    expect(waiting).toHaveLength(1);
  });

  test("that means something else afterwards is followed", async () => {
    const { names, clock, learn } = held();
    await learn("a.test", ["192.0.2.1"], 30);
    clock.now = 30_000;
    expect(await learn("a.test", ["192.0.2.2"], 30)).toEqual(["192.0.2.2"]);
    expect(names.addresses("a.test")).toEqual(["192.0.2.2"]);
  });

  test.each([
    ["0 s is known for 1 s", 0, 1000],
    ["a day is known for 5 min", 86_400, 300_000],
  ])("of %s", async (_, ttl, ms) => {
    const { names, waiting, clock, learn } = held();
    await learn("a.test", ["192.0.2.1"], ttl);
    clock.now = ms - 1;
    expect(names.addresses("a.test")).toEqual(["192.0.2.1"]);
    clock.now = ms;
    expect(names.addresses("a.test")).toBeInstanceOf(Promise);
    expect(waiting).toHaveLength(2);
  });

  test("that is an address is asked nobody", () => {
    const { names, waiting } = held();
    expect(names.addresses("127.0.0.1")).toEqual(["127.0.0.1"]);
    expect(names.addresses("::1")).toEqual(["::1"]);
    expect(waiting).toHaveLength(0);
  });

  test("waits for no other", async () => {
    const { names, learn } = held();
    const silent = names.addresses("silent.test");
    expect(await learn("a.test", ["192.0.2.1"], 30)).toEqual(["192.0.2.1"]);
    expect(await Promise.race([silent, settled().then(() => "still asked")])).toBe("still asked");
  });

  test("that nobody has is told to all who asked, and asked for again by the next", async () => {
    const { names, waiting } = held();
    const all = [names.addresses("a.test"), names.addresses("a.test")];
    waiting[0]!.fail("DNS_ENOTFOUND");
    expect(await Promise.all(all.map(codeOf))).toEqual(["DNS_ENOTFOUND", "DNS_ENOTFOUND"]);
    const again = names.addresses("a.test");
    expect(waiting).toHaveLength(2);
    waiting[1]!.say([]);
    expect(await codeOf(again)).toBe("ENODATA");
  });
});

describe("an address that was known", () => {
  async function expired() {
    const all = held();
    await all.learn("a.test", ["192.0.2.1"], 30);
    all.clock.now = 30_000;
    return all;
  }

  test("serves on where the resolver fails", async () => {
    const { names, waiting } = await expired();
    const found = names.addresses("a.test");
    waiting[1]!.fail("DNS_ETIMEOUT");
    expect(await found).toEqual(["192.0.2.1"]);
    // The resolver is left alone for a while.
    expect(names.addresses("a.test")).toEqual(["192.0.2.1"]);
    expect(waiting).toHaveLength(2);
  });

  test("serves on where the resolver says nothing, and what it says later is learned", async () => {
    const { names, waiting } = await expired();
    expect(await names.addresses("a.test")).toEqual(["192.0.2.1"]);
    waiting[1]!.say([{ address: "192.0.2.2", ttl: 30 }]);
    await settled();
    expect(names.addresses("a.test")).toEqual(["192.0.2.2"]);
  });

  test("is forgotten where nobody has the name any more", async () => {
    const { names, waiting } = await expired();
    const found = names.addresses("a.test");
    waiting[1]!.fail("DNS_ENOTFOUND");
    expect(await codeOf(found)).toBe("DNS_ENOTFOUND");
    const again = names.addresses("a.test");
    waiting[2]!.fail("DNS_ETIMEOUT");
    expect(await codeOf(again)).toBe("DNS_ETIMEOUT");
  });

  test("is forgotten where it was confirmed too long ago", async () => {
    const { names, waiting, clock } = await expired();
    clock.now = 3_600_000;
    const found = names.addresses("a.test");
    waiting[1]!.fail("DNS_ETIMEOUT");
    expect(await codeOf(found)).toBe("DNS_ETIMEOUT");
  });

  test("that failed comes last, until the name is looked up again", async () => {
    const { names, clock, learn } = held();
    await learn("a.test", ["192.0.2.1", "192.0.2.2"], 30);
    names.demote("a.test", "192.0.2.1");
    expect(names.addresses("a.test")).toEqual(["192.0.2.2", "192.0.2.1"]);
    names.demote("a.test", "192.0.2.9");
    expect(names.addresses("a.test")).toEqual(["192.0.2.2", "192.0.2.1"]);
    clock.now = 30_000;
    expect(await learn("a.test", ["192.0.2.1", "192.0.2.2"], 30)).toEqual(["192.0.2.1", "192.0.2.2"]);
  });
});

test("of many names those found first are forgotten", async () => {
  const { names, waiting, learn } = held();
  for (let i = 0; i <= 1024; i++) await learn(`${i}.test`, ["192.0.2.1"], 300);
  expect(names.addresses("1.test")).toEqual(["192.0.2.1"]);
  expect(names.addresses("1024.test")).toEqual(["192.0.2.1"]);
  const asked = waiting.length;
  expect(names.addresses("0.test")).toBeInstanceOf(Promise);
  expect(waiting).toHaveLength(asked + 1);
});

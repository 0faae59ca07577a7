import "../../test/visitor.tsx";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client.ts";
import { accountsQuery, budgetsOfQuery, budgetsQuery, keyQuery, keysQuery } from "./control.ts";

const own = globalThis.fetch;
let asked: string[];
let client: QueryClient;

/** @param all how many there are of them @param fails what is answered of this page, counted from 1 */
function listed(all: number, fails?: number): void {
  globalThis.fetch = (async (path: string) => {
    asked.push(path);
    if (asked.length === fails) return Response.json({ error: { message: "Not now." } }, { status: 500 });
    const told = new URL(path, "http://gateway.test").searchParams;
    const from = Number(told.get("after") ?? told.get("before") ?? 0);
    const to = Math.min(all, from + Number(told.get("limit")));
    const data = Array.from({ length: to - from }, (_, i) => ({ id: from + i }));
    return Response.json({ data, next: to < all ? String(to) : null });
  }) as typeof fetch;
}

beforeEach(() => {
  asked = [];
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
});
afterEach(() => {
  client.clear();
  globalThis.fetch = own;
});

const ids = (data: readonly unknown[]) => (data as readonly { id: number }[]).map(({ id }) => id);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("a list that goes on", () => {
  test("is read page after page, each row once and in its order", async () => {
    listed(1201);
    const { data, isWhole } = await client.fetchQuery(budgetsQuery());
    expect([ids(data), isWhole]).toEqual([upTo(1201), true]);
    expect(asked).toEqual([
      "/admin/budgets?limit=500",
      "/admin/budgets?limit=500&after=500",
      "/admin/budgets?limit=500&after=1000",
    ]);
  });
  test("is left at 2,000, and it is told that there are more", async () => {
    listed(2001);
    const { data, isWhole } = await client.fetchQuery(keysQuery);
    expect([data.length, isWhole, asked.length]).toEqual([2000, false, 4]);
    expect(asked[1]).toBe("/admin/keys?limit=500&before=500");
  });
  test("of just so many is whole", async () => {
    listed(2000);
    expect((await client.fetchQuery(keysQuery)).isWhole).toBe(true);
  });
  test("of nothing is asked for once, and whole", async () => {
    listed(0);
    expect(await client.fetchQuery(keysQuery)).toEqual({ data: [], isWhole: true });
    expect(asked).toHaveLength(1);
  });
  test("that breaks off is none: half of it would pass for all", async () => {
    listed(1201, 2);
    const thrown: unknown = await client.fetchQuery(keysQuery).catch((error: unknown) => error);
    expect([thrown instanceof ApiError, (thrown as ApiError).message]).toEqual([true, "Not now."]);
    expect(asked).toHaveLength(2);
  });
  test("of one kind is another question than that of all", async () => {
    listed(3);
    await client.fetchQuery({ ...budgetsQuery("tag"), staleTime: 1000 });
    await client.fetchQuery({ ...budgetsQuery(), staleTime: 1000 });
    await client.fetchQuery({ ...budgetsQuery("tag"), staleTime: 1000 });
    expect(asked).toEqual(["/admin/budgets?scope=tag&limit=500", "/admin/budgets?limit=500"]);
  });
});

test("whatever an id has in it stays an id", async () => {
  listed(1);
  await client.fetchQuery(keyQuery("../teams?x=1"));
  await client.fetchQuery(accountsQuery("a/b"));
  await client.fetchQuery(budgetsOfQuery("user", "a&scope=gateway"));
  expect(asked).toEqual([
    "/admin/keys/..%2Fteams%3Fx%3D1",
    "/admin/budgets/a%2Fb/accounts?limit=500",
    "/admin/budgets?scope=user&scope_id=a%26scope%3Dgateway",
  ]);
});

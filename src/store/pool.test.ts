import { expect, test } from "bun:test";
import { SQL } from "bun";
import { PostgresPool } from "./pool.ts";

/** Connections that are only counted; what waits on them fails when they are closed. */
function world() {
  const waiting: ((cause: unknown) => void)[][] = [];
  const pool = new PostgresPool(() => {
    const here: ((cause: unknown) => void)[] = [];
    waiting.push(here);
    const close = async () => {
      for (const fail of here.splice(0))
        fail(Object.assign(new Error("closed"), { code: "ERR_POSTGRES_CONNECTION_CLOSED" }));
    };
    return { close } as unknown as SQL;
  });
  const never = () => new Promise<never>((_, fail) => waiting.at(-1)!.push(fail));
  return { pool, never, opened: () => waiting.length };
}

const UNAVAILABLE = { code: "database_unavailable" };

test("what takes too long fails alone where others are answered meanwhile: it keeps its connection, and they theirs", async () => {
  const { pool, never, opened } = world();
  const other = pool.use(never, 60_000);
  const slow = pool.use(never, 20);
  expect(await pool.use(async () => 1, 20)).toBe(1);
  await expect(slow).rejects.toMatchObject(UNAVAILABLE);
  expect([opened(), pool.downMs]).toEqual([1, undefined]);
  expect(await pool.use(async () => 2, 20)).toBe(2);
  await pool.close();
  await expect(other).rejects.toMatchObject(UNAVAILABLE);
});

test.each([
  ["57P01", "it is shut down", true],
  ["53300", "it has too many clients", true],
  ["25006", "it may only be read", true],
  ["28P01", "the password is another by now", true],
  ["3D000", "there is no such database any more", true],
  ["57014", "it took too long", false],
  ["55P03", "somebody has locked it", false],
  ["42P01", "it was emptied", false],
])(
  "a server that says %s, since %s, cannot be asked now; whether anything else can is said",
  async (errno, _, isDown) => {
    const { pool } = world();
    const refused = Object.assign(new SQL.PostgresError("no", { code: "ERR_POSTGRES_SERVER_ERROR" } as never), {
      errno,
    });
    await expect(pool.use(() => Promise.reject(refused), 1000)).rejects.toMatchObject(UNAVAILABLE);
    expect(pool.downMs !== undefined).toBe(isDown);
  },
);

test("what is wrong with what it was asked for is told as it was said", async () => {
  const { pool } = world();
  const refused = Object.assign(new SQL.PostgresError("no", { code: "ERR_POSTGRES_SERVER_ERROR" } as never), {
    errno: "23505",
  });
  await expect(pool.use(() => Promise.reject(refused), 1000)).rejects.toBe(refused);
  expect(pool.downMs).toBeUndefined();
});

test("where nothing is answered all fail, and whoever comes later finds new connections", async () => {
  const { pool, never, opened } = world();
  const both = await Promise.allSettled([pool.use(never, 60_000), pool.use(never, 20)]);
  expect(both).toMatchObject(Array(2).fill({ status: "rejected", reason: UNAVAILABLE }));
  expect(opened()).toBe(2);
  expect(pool.downMs).toBeGreaterThanOrEqual(0);
  await pool.close();
});

import { expect, test } from "bun:test";
import type { ReportRow } from "../store/reports.ts";
import { readReport, toldReport } from "./report.ts";

const NONE = { requests: 1, errors: 0, charged: 0, input: 0, cache_read: 0, cache_write: 0, output: 0, reasoning: 0 };
const asked = (query: string) =>
  readReport(new URLSearchParams(`start_date=2026-01-01&end_date=2026-01-31&${query}`), "key_1");

test("while a large report is added up, others have a turn after every thousand rows", async () => {
  const rows: ReportRow[] = Array.from({ length: 20_000 }, (_, i) => ({ ...NONE, user: `user-${i}`, cost: i }));
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const told = await toldReport(asked("group_by=user"), rows, () => undefined);
  isOver = true;
  expect(told).toHaveLength(20_000);
  expect(turns).toBeGreaterThanOrEqual(19);
});

test("sums beyond what a double can count are told to the last digit that one has", async () => {
  const row = { ...NONE, model: "a/b", cost: 2 ** 53 - 1, charged: 2 ** 53 - 1 };
  const [told] = await toldReport(asked("group_by=model"), [row, row, row], () => undefined);
  expect(told).toMatchObject({ total_cost: Number("27021597.764222973"), request_count: 3 });
});

test("nothing is lost of a sum that comes back below what a double can count", async () => {
  const costs = [2 ** 53 - 1, 2, -3, -(2 ** 53 - 1) + 1_000_000_000];
  const rows = costs.map((cost) => ({ ...NONE, model: "a/b", cost, charged: cost }));
  const [told] = await toldReport(asked("group_by=model"), rows, () => undefined);
  expect(told).toMatchObject({ total_cost: Number("0.999999999"), request_count: 4 });
});

test("a group is found by all of its names, whatever stands in them", async () => {
  const users = ["a", "a\nb", '"', "", "__proto__", "constructor", "Ünï 🎉"];
  const rows = users.flatMap((user) => [0, 1].map(() => ({ ...NONE, user, cost: 1 })));
  const told = await toldReport(asked("group_by=user"), rows, () => undefined);
  expect(told.map(({ user, request_count }) => [user ?? "", request_count]).sort()).toEqual(
    users.map((user) => [user, 2]).sort(),
  );
});

test.each([
  ["group_by=day,model", 92],
  ["group_by=day,user", 31],
  ["group_by=day&tags=a", 31],
  ["group_by=day,tag,model", 31],
  ["group_by=day,tag,team", 31],
  ["group_by=day,tag,user", 7],
  ["group_by=day,user&tags=a", 7],
  ["group_by=day,tag,provider,team", 7],
  ["group_by=day,tag,user&api_key_id=key_1", 31],
  ["group_by=day,tag,model,team&user_id=ann", 31],
  ["group_by=day,tag,user,error", 92],
])("by the hour %s is of %d days at most", (query, days) => {
  const until = (end: number) => {
    const end_date = new Date(Date.UTC(2026, 0, end)).toISOString().slice(0, 10);
    return new URLSearchParams(`start_date=2026-01-01&end_date=${end_date}&date_part=hour&${query}`);
  };
  expect(readReport(until(days), undefined, true).question.unit).toBe("hour");
  expect(() => readReport(until(days + 1), undefined, true)).toThrow(`is of ${days} days at most`);
});

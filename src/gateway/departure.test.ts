import { expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { Departure } from "./departure.ts";

/** A departure that keeps a diary. */
function start(): { departure: Departure; diary: string[] } {
  const diary: string[] = [];
  const departure = new Departure(
    () => diary.push("settled"),
    () => diary.push("hung up"),
  );
  return { departure, diary };
}

test("who leaves sets off what is to be done then, once", () => {
  const { departure, diary } = start();
  departure.watch(() => diary.push("act"));
  expect(departure.gone).toBe(false);
  departure.leave();
  departure.leave();
  expect(departure.gone).toBe(true);
  expect(diary).toEqual(["act"]);
});

test("only what was asked for last is done: the request has gone on since", () => {
  const { departure, diary } = start();
  departure.watch(() => diary.push("first leg"));
  departure.watch(() => diary.push("second leg"));
  departure.leave();
  expect(diary).toEqual(["second leg"]);
});

test("what is asked for after it left is done at once", () => {
  const { departure, diary } = start();
  departure.leave();
  departure.watch(() => diary.push("act"));
  departure.watch(() => diary.push("another"));
  expect(diary).toEqual(["act", "another"]);
});

test("when nobody watches, leaving is remembered", () => {
  const { departure, diary } = start();
  departure.leave();
  expect(departure.gone).toBe(true);
  expect(diary).toEqual([]);
});

test("who leaves after the reply was over has stayed", () => {
  const { departure, diary } = start();
  departure.watch(() => diary.push("act"));
  departure.settle();
  departure.leave();
  expect(departure.gone).toBe(false);
  expect(diary).toEqual(["settled"]);
});

test("the reply is over once, also for who left before", () => {
  const { departure, diary } = start();
  departure.watch(() => diary.push("act"));
  departure.leave();
  departure.settle();
  departure.settle();
  expect(diary).toEqual(["act", "settled"]);
});

test("what is done may itself end the reply", () => {
  const { departure, diary } = start();
  departure.watch(() => {
    diary.push("act");
    departure.settle();
  });
  departure.leave();
  expect(diary).toEqual(["act", "settled"]);
});

test("who is expelled leaves for a reason, and is hung up on", () => {
  const { departure, diary } = start();
  departure.watch(() => {
    diary.push(departure.reason!.message);
    departure.settle();
  });
  departure.expel(new GatewayError("client_closed", "It does not read."));
  expect(departure.gone).toBe(true);
  expect(diary).toEqual(["It does not read.", "settled", "hung up"]);
  departure.leave();
  expect(diary).toHaveLength(3);
});

test("what is held is given up when the reply is over, once, whoever leaves then", () => {
  const told: string[] = [];
  const departure = new Departure(() => told.push("over"));
  departure.atEnd = () => told.push("given up");
  departure.leave();
  expect(told).toEqual([]);
  departure.settle();
  departure.settle();
  departure.leave();
  expect(told).toEqual(["given up", "over"]);
});

import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { listen } from "./events.ts";

/** What a browser has of it. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 0;

  constructor() {
    super();
    Source.all.push(this);
  }

  static get open(): number {
    return Source.all.filter(({ readyState }) => readyState < 2).length;
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  /** @param goesOn whether the browser tries again by itself */
  fails(goesOn: boolean): void {
    this.readyState = goesOn ? 0 : 2;
    this.dispatchEvent(new Event("error"));
  }

  close(): void {
    this.readyState = 2;
  }
}

class Page extends EventTarget {
  visibilityState = "visible";

  turns(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

const globals = globalThis as unknown as Record<"EventSource" | "document", unknown>;
const before = { EventSource: globals.EventSource, document: globals.document };
let page: Page;
let refusals: number;
let leave: () => void;
beforeEach(() => {
  jest.useFakeTimers();
  page = new Page();
  Source.all = [];
  refusals = 0;
  Object.assign(globals, { EventSource: Source, document: page });
});
afterEach(() => {
  leave();
  expect(Source.open).toBe(0);
  Object.assign(globals, before);
  jest.useRealTimers();
});

const begin = () => {
  leave = listen(() => refusals++);
};

test("a page that nobody looks at lets its connection go: a browser has six for all pages of the dashboard", () => {
  begin();
  Source.all[0]!.opens();
  page.turns("hidden");
  jest.advanceTimersByTime(19_999);
  expect(Source.open).toBe(1);
  jest.advanceTimersByTime(1);
  expect(Source.open).toBe(0);
  page.turns("visible");
  expect([Source.open, Source.all.length]).toEqual([1, 2]);
});

test("whoever looks away for a moment keeps it", () => {
  begin();
  Source.all[0]!.opens();
  for (let i = 0; i < 5; i++) {
    page.turns("hidden");
    jest.advanceTimersByTime(10_000);
    page.turns("visible");
  }
  jest.advanceTimersByTime(60_000);
  expect([Source.open, Source.all.length]).toEqual([1, 1]);
});

test("a page that is opened behind another takes none", () => {
  page.visibilityState = "hidden";
  begin();
  jest.advanceTimersByTime(60_000);
  expect(Source.all).toHaveLength(0);
  page.turns("visible");
  expect(Source.open).toBe(1);
});

test("where a proxy says that the gateway is away, it is asked again until it is back; the browser would leave it at that", () => {
  begin();
  Source.all[0]!.opens();
  for (let i = 0; i < 4; i++) {
    Source.all.at(-1)!.fails(false);
    expect([Source.open, refusals]).toEqual([0, i + 1]);
    jest.advanceTimersByTime(3000);
    expect(Source.open).toBe(1);
  }
});

test("what the browser tries again itself is left to it", () => {
  begin();
  Source.all[0]!.opens();
  Source.all[0]!.fails(true);
  jest.advanceTimersByTime(60_000);
  expect([Source.all.length, Source.open, refusals]).toEqual([1, 1, 0]);
});

test("who signs out while it is about to be asked again asks no more", () => {
  begin();
  Source.all[0]!.fails(false);
  leave();
  jest.advanceTimersByTime(60_000);
  expect(Source.all).toHaveLength(1);
});

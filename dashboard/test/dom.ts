import { GlobalWindow } from "happy-dom";

/**
 * The document that components are tested in, without a browser: what a page of the dashboard finds as globals. What the runtime has itself stays
 * the runtime's (requests, timers, addresses): the gateway that is asked runs in this very process. So do tests of other things, one file after another,
 * and libraries that they use refuse to run where there is a document: it is there from {@link enter} to {@link leave}.
 */
const SCREEN = { width: 1360, height: 860 };
const window = new GlobalWindow({ url: "http://dashboard.test/", ...SCREEN });

/** What stays as it is here. */
const OWN = new Set(["constructor", "console", "performance", "crypto", "global", "globalThis", "process", "Buffer"]);
const DOM =
  /^(HTML|SVG|CSS|DOM|XML|Mutation|Intersection|Animation)|Element$|Event$|^(Node|NodeList|NodeFilter|Text|Comment|Document|DocumentFragment|Element|Attr|Range|Selection|EventTarget|ShadowRoot|History|Location|Navigator|Screen|Storage|MediaQueryList|Image|Option|TreeWalker)$/;

/** What is there while somebody looks, by name; and what was there before. */
const given = new Map<string, unknown>();
const before = new Map<string, PropertyDescriptor | undefined>();

for (const name of Object.getOwnPropertyNames(window)) {
  if (OWN.has(name) || !DOM.test(name)) continue;
  give(name, window[name as keyof typeof window]);
}
for (const name of [
  "document",
  "navigator",
  "location",
  "history",
  "screen",
  "localStorage",
  "sessionStorage",
] as const)
  give(name, window[name]);
for (const name of [
  "getComputedStyle",
  "matchMedia",
  "scrollTo",
  "addEventListener",
  "removeEventListener",
  "dispatchEvent",
  "getSelection",
] as const)
  give(name, (window[name] as (...told: unknown[]) => unknown).bind(window));
give("requestAnimationFrame", (draw: FrameRequestCallback) => setTimeout(() => draw(performance.now()), 0));
give("cancelAnimationFrame", (frame: ReturnType<typeof setTimeout>) => clearTimeout(frame));
give("self", globalThis);
give("devicePixelRatio", 1);

// Nothing is laid out here: all of it is as large as the screen, so that lists draw rows and charts draw themselves.
for (const [name, size] of [
  ["offsetWidth", SCREEN.width],
  ["clientWidth", SCREEN.width],
  ["offsetHeight", SCREEN.height],
  ["clientHeight", SCREEN.height],
] as const)
  Object.defineProperty(window.HTMLElement.prototype, name, { get: () => size, configurable: true });
window.HTMLElement.prototype.getBoundingClientRect = () => new window.DOMRect(0, 0, SCREEN.width, SCREEN.height);
window.HTMLElement.prototype.scrollIntoView = () => undefined;
give(
  "ResizeObserver",
  class {
    private readonly told: ResizeObserverCallback;
    constructor(told: ResizeObserverCallback) {
      this.told = told;
    }
    observe(target: Element) {
      const box = [{ inlineSize: SCREEN.width, blockSize: SCREEN.height }];
      const entry = { target, contentRect: target.getBoundingClientRect(), borderBoxSize: box, contentBoxSize: box };
      queueMicrotask(() => this.told([entry as unknown as ResizeObserverEntry], this as unknown as ResizeObserver));
    }
    unobserve() {}
    disconnect() {}
  },
);

/** What is drawn here nobody sees. */
const pen: object = new Proxy(() => pen, {
  get: (_, name) => (name === "measureText" ? () => ({ width: 8 }) : name === Symbol.toPrimitive ? () => 0 : pen),
  set: () => true,
  apply: () => pen,
});
window.HTMLCanvasElement.prototype.getContext = (() => pen) as never;
give("Path2D", function Path() {
  return pen;
});

// It stays: what comes to somebody who has gone is looked for there, and dropped. Libraries go by the document in it.
Object.assign(globalThis, { window: globalThis });

function give(name: string, value: unknown): void {
  given.set(name, value);
}

export function enter(): void {
  if (before.size > 0) return;
  for (const [name, value] of given) {
    before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

/** When what was drawn has come to rest. */
export async function leave(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setTimeout(resolve));
  for (const [name, was] of before) {
    if (was === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, was);
  }
  before.clear();
}

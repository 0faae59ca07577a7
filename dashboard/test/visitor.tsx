import type { RouterHistory } from "@tanstack/react-router";
import { TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { OWN_PAGE, signedIn } from "../../test/support/signed-in.ts";
import { enter, leave } from "./dom.ts";
import { Line } from "./line.ts";
import { App, cleanup, createMemoryHistory, fireEvent, render, screen, userEvent, waitFor, within } from "./loaded.ts";

/** Somebody who is signed in and looks at a page: the real dashboard over a real gateway, in a document without a browser. */
export interface Visitor {
  readonly gateway: RunningGateway;
  readonly user: ReturnType<typeof userEvent.setup>;
  /** Where they are: the path, and what stands behind the question mark. */
  address(): string;
  readonly history: RouterHistory;
  /** What was asked of the gateway, as `GET /admin/keys`. */
  readonly asked: readonly string[];
}

/** Answers in the gateway's place. @returns nothing where the gateway answers itself */
export type StandIn = (path: string, init: RequestInit) => Response | Promise<Response> | undefined;

export interface Visit {
  role?: "admin" | "viewer" | "nobody";
  config?: Record<string, unknown>;
  /** What one request has learned of providers is known afterwards. */
  remembers?: boolean;
  /** What was done there before. */
  before?: (gateway: RunningGateway) => Promise<unknown>;
  /** For what a gateway seldom answers. */
  standIn?: StandIn;
}

export { fireEvent, screen, waitFor, within };

const { fetch: ownFetch, EventSource: ownEventSource } = globalThis;

/** Has somebody look at a page and do something there. @throws what the page threw, and what React complained of */
export async function at(
  path: string,
  does: (visitor: Visitor) => Promise<void>,
  { role = "admin", config = {}, remembers = false, before, standIn }: Visit = {},
): Promise<void> {
  const gateway = await startGateway({ config: { admin_token: TOKEN, ...config }, remembers });
  const complaints: unknown[] = [];
  const complain = console.error;
  console.error = (...said: unknown[]) => complaints.push(said.join(" "));
  enter();
  try {
    cleanup();
    await before?.(gateway);
    const asked: string[] = [];
    const cookies = role === "nobody" ? "" : await signedIn(gateway, role);
    // The page's own begin with a slash; the rest is of the test, and of the gateway, which runs in this process.
    const asks = (path: string | URL | Request, init: RequestInit = {}) => {
      if (typeof path !== "string" || !path.startsWith("/")) return ownFetch(path, init);
      asked.push(`${init.method ?? "GET"} ${path}`);
      const headers = { ...OWN_PAGE, ...(init.headers as Record<string, string>), cookie: cookies };
      return Promise.resolve(standIn?.(path, init) ?? ownFetch(gateway.url + path, { ...init, headers }));
    };
    Object.assign(globalThis, { fetch: asks, EventSource: Line });
    const history = createMemoryHistory({ initialEntries: [path] });
    render(<App history={history} />);
    const user = userEvent.setup();
    await does({ gateway, user, asked, history, address: () => history.location.href });
  } finally {
    // What was said in a corner is said to nobody else.
    for (let said = toasts(); said.length > 0; said = toasts()) fireEvent.click(said[0]!);
    cleanup();
    localStorage.clear();
    await leave();
    Object.assign(globalThis, { fetch: ownFetch, EventSource: ownEventSource });
    console.error = complain;
    await gateway.stop();
  }
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
}

function toasts(): HTMLElement[] {
  return screen.queryAllByRole("button", { name: "Dismiss" });
}

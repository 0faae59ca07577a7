import {
  createBrowserHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  type RouterHistory,
} from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { withDialogs } from "./shell/back.ts";
import { Layout } from "./shell/layout.tsx";
import { SessionGate } from "./shell/session.tsx";
import { Page } from "./ui/page.tsx";
import { Empty, Failed } from "./ui/state.tsx";

const root = createRootRoute({
  component: () => (
    <SessionGate>
      <Layout />
    </SessionGate>
  ),
  notFoundComponent: () => (
    <Page title="Nothing here">
      <Empty
        icon={Compass}
        title="There is no such page"
        action={
          <Link to="/" className="font-medium text-accent underline">
            To the overview
          </Link>
        }
      />
    </Page>
  ),
  errorComponent: ({ error, reset }) => (
    <Page title="Something broke">
      <Failed error={error} retry={reset} />
    </Page>
  ),
});

/** A page, loaded when somebody goes there. What stands behind its question mark it reads itself (`ui/search.ts`). */
const page = <Path extends string>(path: Path, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) });

/** The rest of the address is a model's name, with its slashes: beside the list it would match the list's own address as well. */
const models = createRoute({ getParentRoute: () => root, path: "/models" });
const modelPages = models.addChildren([
  createRoute({
    getParentRoute: () => models,
    path: "/",
    component: lazyRouteComponent(() => import("./pages/models/page.tsx")),
  }),
  createRoute({
    getParentRoute: () => models,
    path: "$",
    component: lazyRouteComponent(() => import("./pages/models/one/page.tsx")),
  }),
]);

const routeTree = root.addChildren([
  page("/", () => import("./pages/overview/page.tsx")),
  page("/requests", () => import("./pages/requests/page.tsx")),
  page("/requests/$id", () => import("./pages/requests/one/page.tsx")),
  page("/playground", () => import("./pages/playground/page.tsx")),
  modelPages,
  page("/providers", () => import("./pages/providers/page.tsx")),
  page("/routing", () => import("./pages/routing/page.tsx")),
  page("/keys", () => import("./pages/keys/page.tsx")),
  page("/budgets", () => import("./pages/budgets/page.tsx")),
  page("/settings", () => import("./pages/settings/page.tsx")),
  page("/start", () => import("./pages/start/page.tsx")),
]);

/** The pages. @param history where the viewer is and was; @default the browser's */
export const createPages = (history: RouterHistory = createBrowserHistory()) =>
  createRouter({
    routeTree,
    history: withDialogs(history),
    defaultPreload: "intent",
    scrollRestoration: true,
    // What stands behind the question mark is as people would write it: `?model=a&model=b`. A member that is empty is left out, but not in a list: `?user_id=` is of those without one.
    parseSearch: (text) => {
      const told: Record<string, string | string[]> = {};
      const asked = new URLSearchParams(text);
      for (const name of new Set(asked.keys())) {
        const values = asked.getAll(name);
        told[name] = values.length === 1 && values[0] !== "" ? values[0]! : values;
      }
      return told;
    },
    stringifySearch: (members) => {
      const asked = new URLSearchParams();
      for (const [name, value] of Object.entries(members))
        for (const one of Array.isArray(value) ? value : [value])
          if (one !== undefined && (one !== "" || Array.isArray(value))) asked.append(name, String(one));
      const text = asked.toString();
      return text === "" ? "" : `?${text}`;
    },
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}

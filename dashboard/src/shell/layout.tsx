import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { ChevronsUpDown, Command as CommandIcon, LogOut, Menu as MenuIcon, Monitor, Moon, Sun, X } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { ask } from "../api/client.ts";
import { useIsLive, usePulse } from "../api/events.ts";
import { Badge, Dot } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { cn } from "../ui/class-names.ts";
import { Dialog } from "../ui/dialog.tsx";
import { count } from "../ui/format.ts";
import { Menu, MenuItem, MenuLabel, MenuLine } from "../ui/menu.tsx";
import { Place } from "../ui/place.tsx";
import { Toasts } from "../ui/toast.tsx";
import { useBack } from "./back.ts";
import { useFresh } from "./fresh.ts";
import { Mark } from "./mark.tsx";
import { PAGES } from "./pages.ts";
import { Palette } from "./palette.tsx";
import { useMayChange, useSession } from "./session.tsx";
import { SHORTCUTS, useShortcuts } from "./shortcuts.ts";
import { signOut } from "./sign-out.ts";
import { chooseTheme } from "./theme.ts";

/** What is around every page. */
export function Layout() {
  const [isFinding, setFinding] = useState(false);
  const [isHelping, setHelping] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useFresh();
  useBack();
  useShortcuts({ onPalette: useCallback(() => setFinding(true), []), onHelp: useCallback(() => setHelping(true), []) });
  // biome-ignore lint/correctness/useExhaustiveDependencies: who has gone somewhere is done with the menu
  useEffect(() => setOpen(false), [path]);
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-surface px-3 md:hidden">
        <Button
          look="quiet"
          size="icon"
          aria-label={isOpen ? "Close the menu" : "Open the menu"}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <X /> : <MenuIcon />}
        </Button>
        <Mark className="size-6" />
        <span className="font-semibold">Headgate</span>
        <div className="ml-auto">
          <Live />
        </div>
      </header>
      <aside
        className={cn(
          "z-20 flex flex-col border-line bg-surface max-md:fixed max-md:inset-x-0 max-md:top-12 max-md:bottom-0 md:sticky md:top-0 md:h-dvh md:border-r",
          !isOpen && "max-md:hidden",
        )}
      >
        <div className="flex h-14 items-center gap-2.5 px-4 max-md:hidden">
          <Mark className="size-7" />
          <span className="text-base font-semibold tracking-tight">Headgate</span>
        </div>
        <div className="px-3 pt-1 max-md:pt-3">
          <Button className="w-full justify-start text-muted" onClick={() => setFinding(true)}>
            <CommandIcon />
            <span className="flex-1 text-left font-normal">Find or do…</span>
            <kbd className="font-mono text-xs text-faint">{navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"}</kbd>
          </Button>
        </div>
        <Navigation />
        <Foot />
      </aside>
      <Place />
      <main id="page" tabIndex={-1} className="min-w-0 outline-none">
        <Outlet />
      </main>
      {isFinding && <Palette onClose={() => setFinding(false)} />}
      <Dialog open={isHelping} onClose={() => setHelping(false)} title="Keys">
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
          {SHORTCUTS.map(({ keys, does }) => (
            <div key={keys} className="contents">
              <dt className="font-mono text-[13px] text-muted">{keys}</dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
      <Toasts />
    </div>
  );
}

function Navigation() {
  const { may } = useMayChange();
  return (
    <nav aria-label="Pages" className="flex-1 overflow-y-auto px-3 py-3">
      {(["See", "Route", "Control"] as const).map((group) => (
        <div key={group} className="mb-4">
          <p className="px-2.5 pb-1 text-xs font-medium text-faint">{group}</p>
          <ul>
            {PAGES.filter((page) => page.group === group && (may || !page.adminOnly)).map(
              ({ path, title, icon: Icon }) => (
                <li key={path}>
                  <Link
                    to={path}
                    activeOptions={{ exact: path === "/", includeSearch: false }}
                    className="flex h-8 items-center gap-2.5 rounded-md px-2.5 text-muted hover:bg-hover hover:text-ink [&.active]:bg-hover [&.active]:font-medium [&.active]:text-ink"
                  >
                    <Icon aria-hidden className="size-4" />
                    {title}
                  </Link>
                </li>
              ),
            )}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Foot() {
  const { name, role, how, is_locked: isLocked } = useSession();
  const { why } = useMayChange();
  const client = useQueryClient();
  return (
    <div className="flex flex-col gap-2 border-t border-line p-3">
      <div className="max-md:hidden">
        <Live />
      </div>
      <Menu
        trigger={
          <Button look="quiet" className="w-full justify-start px-2.5">
            <span className="grid size-6 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent uppercase">
              {(name ?? role).slice(0, 1)}
            </span>
            <span className="min-w-0 flex-1 truncate text-left text-ink">
              {name ?? (role === "admin" ? "Admin" : "Viewer")}
            </span>
            {why !== undefined && (
              <Badge tone={isLocked ? "warn" : "neutral"} title={why}>
                {isLocked ? "locked" : "viewer"}
              </Badge>
            )}
            <ChevronsUpDown />
          </Button>
        }
      >
        <MenuLabel>
          {role === "admin" ? "Admin" : "Viewer"}, by{" "}
          {how === "oidc" ? "single sign-on" : how === "link" ? "a link" : "the admin token"}
        </MenuLabel>
        <MenuLine />
        <MenuItem onSelect={() => chooseTheme("system")}>
          <Monitor /> As the system has it
        </MenuItem>
        <MenuItem onSelect={() => chooseTheme("light")}>
          <Sun /> Light
        </MenuItem>
        <MenuItem onSelect={() => chooseTheme("dark")}>
          <Moon /> Dark
        </MenuItem>
        <MenuLine />
        <MenuItem onSelect={() => void signOut(ask, client)}>
          <LogOut /> Sign out
        </MenuItem>
      </Menu>
    </div>
  );
}

/** How busy it is just now, or that nobody hears of it. */
function Live() {
  const pulse = usePulse();
  const isLive = useIsLive();
  return (
    <p className="flex h-6 items-center gap-2 px-2.5 text-[13px] text-muted" aria-live="off">
      <Dot tone={isLive ? "good" : "warn"} beats={isLive} />
      {pulse === undefined ? (
        isLive ? (
          "Live"
        ) : (
          "Connecting…"
        )
      ) : (
        <span className="tabular">
          {count(pulse.streams_open)} open {pulse.streams_open === 1 ? "stream" : "streams"}
        </span>
      )}
    </p>
  );
}

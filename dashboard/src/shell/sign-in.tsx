import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import type { AskedSession, ShownSession, SignInWays } from "../../../src/admin/contract.ts";
import { ApiError, ask } from "../api/client.ts";
import { sessionQuery } from "../api/queries.ts";
import { Button } from "../ui/button.tsx";
import { Field, Input } from "../ui/field.tsx";
import { Failed } from "../ui/state.tsx";
import { Mark } from "./mark.tsx";

/** What stands behind `#sign-in=` of a link; it is taken out of the address at once. */
function linkInAddress(): string | undefined {
  const link = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1];
  if (link !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return link;
}

let arrived = linkInAddress();

// Who pastes a link where the dashboard is open already goes nowhere by that: the browser keeps the page. The router may have put an address of its own
// in the place of it by now.
window.addEventListener("hashchange", ({ newURL }) => {
  if (!new URL(newURL).hash.startsWith("#sign-in=")) return;
  history.replaceState(null, "", newURL);
  location.reload();
});

/** Whether somebody has come by a link just now. */
export function hasLink(): boolean {
  return arrived !== undefined;
}

const BACK = "back";

/** Where somebody was who went to sign on elsewhere and has come back; told once. */
export function whereTo(): string | undefined {
  const back = sessionStorage.getItem(BACK);
  sessionStorage.removeItem(BACK);
  return back !== null && /^\/(?!\/)/.test(back) && location.pathname === "/" && back !== "/" ? back : undefined;
}

/** For who has no session: by the link shown at start, by the admin token, or by the operator's own sign-on. */
export function SignIn() {
  const client = useQueryClient();
  const { data: ways } = useQuery({ queryKey: ["sign-in"], queryFn: () => ask<SignInWays>("/sign-in"), retry: false });
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(arrived !== undefined);
  const [error, setError] = useState<unknown>();

  const enter = async (shown: AskedSession) => {
    setBusy(true);
    setError(undefined);
    try {
      await ask<ShownSession>("/session", { method: "POST", body: shown });
      let session: ShownSession;
      try {
        session = await ask<ShownSession>("/session");
      } catch (thrown) {
        if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown;
        setError(
          "You are let in, but your browser does not keep the session: the gateway takes it that you come by https. Open its https address, or have `dashboard.url` and X-Forwarded-Proto say what is so.",
        );
        setBusy(false);
        return;
      }
      // What somebody else was told goes; the session's own place stays, since the page waits for what comes there.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
      client.setQueryData(sessionQuery.queryKey, session);
    } catch (thrown) {
      const isUsed = "link" in shown && thrown instanceof ApiError && thrown.status === 401;
      setError(isUsed ? "This link was used already, or is too old: ask for another, or make one as below." : thrown);
      setBusy(false);
    }
  };

  useEffect(() => {
    document.title = "Sign in · Headgate";
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page comes up
  useEffect(() => {
    if (arrived === undefined) return;
    const link = arrived;
    arrived = undefined;
    void enter({ link });
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter({ token: token.trim() });
  };

  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-2.5">
          <Mark className="size-8" />
          <h1 className="text-xl font-semibold tracking-tight">Headgate</h1>
        </div>
        <form onSubmit={submit} className="flex flex-col gap-4 rounded-xl border border-line bg-surface p-5 shadow-low">
          <Field label="Admin token" hint="Shown once at the first start, or kept in first-run.txt of the data folder.">
            {(ids) => (
              <Input
                {...ids}
                type="password"
                autoComplete="current-password"
                required
                value={token}
                onChange={(event) => setToken(event.target.value)}
              />
            )}
          </Field>
          {(error ?? ways?.fault ?? undefined) !== undefined && <Failed error={error ?? ways?.fault} />}
          <Button type="submit" look="primary" busy={busy}>
            Sign in
          </Button>
          {ways?.oidc != null && (
            <a
              href={ways.oidc.path}
              onClick={() => sessionStorage.setItem(BACK, location.pathname + location.search)}
              className="inline-flex h-8 items-center justify-center rounded-md border border-line-strong font-medium hover:bg-hover"
            >
              Sign in with {ways.oidc.title}
            </a>
          )}
        </form>
        <p className="mt-4 text-[13px] text-muted">
          Without the token at hand: <code className="font-mono text-[12.5px] text-ink">npx headgate link</code> on the
          machine where it runs prints a link that signs in once.
        </p>
      </div>
    </main>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import type { ShownSession } from "../../../src/admin/contract.ts";
import { ApiError, ask } from "../api/client.ts";
import { listen } from "../api/events.ts";
import { sessionQuery } from "../api/queries.ts";
import { Button } from "../ui/button.tsx";
import { Failed } from "../ui/state.tsx";
import { hasLink, SignIn, whereTo } from "./sign-in.tsx";

const Current = createContext<ShownSession | undefined>(undefined);

/** Who is signed in. */
export function useSession(): ShownSession {
  const session = useContext(Current);
  if (session === undefined) throw new Error("nobody is signed in here");
  return session;
}

/** Whether the viewer may change things; why not, where not. */
export function useMayChange(): { may: boolean; why?: string } {
  const { role, is_locked } = useSession();
  if (is_locked) return { may: false, why: "Locked: `admin` is `locked` in the configuration, which rules alone." };
  if (role === "viewer") return { may: false, why: "You are signed in as a viewer: an admin can change this." };
  return { may: true };
}

/** Lets in who is signed in, and asks all others who they are. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: session, error, refetch, isPending } = useQuery({ ...sessionQuery, enabled: !hasLink() });
  const isIn = session !== undefined && error === null;
  const { history } = useRouter();
  const client = useQueryClient();
  useEffect(() => {
    if (!isIn) return undefined;
    // What is not let in to hear may be over; a gateway that starts anew is not: the page stays.
    const lookAgain = () =>
      void ask("/session").catch((thrown) => {
        if (thrown instanceof ApiError && thrown.status === 401)
          void client.resetQueries({ queryKey: sessionQuery.queryKey });
      });
    return listen(lookAgain);
  }, [isIn, client]);
  useEffect(() => {
    const back = isIn ? whereTo() : undefined;
    if (back !== undefined) history.replace(back);
  }, [isIn, history]);
  if (isIn) return <Current value={session}>{children}</Current>;
  if (hasLink() || (error instanceof ApiError && error.status === 401)) return <SignIn />;
  if (isPending) return <main className="min-h-dvh" aria-busy="true" />;
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-3 px-4">
      <Failed error={error} />
      <Button onClick={() => void refetch()}>Try again</Button>
    </main>
  );
}

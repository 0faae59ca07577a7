import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** What stands behind the question mark of the address: what is looked at can be sent to somebody. */
export type SearchMembers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * @returns what stands there, one of its members as a list, and what changes some of it (`undefined` takes a member away). Typing does not fill the history: it replaces.
 */
export function useSearchMembers(): {
  members: SearchMembers;
  one: (name: string) => string | undefined;
  all: (name: string) => readonly string[];
  change: (members: SearchMembers) => void;
} {
  const members: SearchMembers = useSearch({ strict: false });
  const navigate = useNavigate();
  const all = useCallback(
    (name: string) => {
      const value = members[name];
      return value === undefined ? [] : typeof value === "string" ? [value] : value;
    },
    [members],
  );
  const one = useCallback((name: string) => all(name)[0], [all]);
  const change = useCallback(
    (next: SearchMembers) => {
      void navigate({
        to: ".",
        search: (now: SearchMembers) => ({ ...now, ...next }),
        replace: true,
        resetScroll: false,
      } as never);
    },
    [navigate],
  );
  return { members, one, all, change };
}

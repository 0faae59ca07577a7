import { useQuery } from "@tanstack/react-query";
import { LogOut, UserX } from "lucide-react";
import { useState } from "react";
import type { SessionList, ShownSession } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useSession } from "../../shell/session.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useChange } from "../../ui/change.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { LinkCard } from "./link-card.tsx";
import { SignOnCard } from "./sign-on-card.tsx";

const WAYS = {
  link: "a link",
  token: "the admin token",
  oidc: "single sign-on",
  bearer: "the admin token with each request",
} as const satisfies Record<ShownSession["how"], string>;

/** Who is in, and how others come in. */
export function AccessTab() {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <LinkCard />
        <SignOnCard />
      </div>
      {/* Nobody knows how many they are: beneath them nothing is moved. */}
      <Sessions />
    </div>
  );
}

function Sessions() {
  const self = useSession();
  const isAdmin = self.role === "admin";
  const why = isAdmin ? undefined : "Only an admin ends sessions of others.";
  const { data, error, refetch } = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => ask<SessionList>("/sessions", { signal }),
    refetchInterval: 30_000,
  });
  const [ended, setEnded] = useState<ShownSession>();
  const [isEndingAll, setEndingAll] = useState(false);
  const end = useChange(
    ({ id }: ShownSession) => ask(`/sessions/${encodeURIComponent(id!)}`, { method: "DELETE" }),
    ["sessions", "audit"],
    "The session is over",
  );
  const columns: readonly Column<ShownSession>[] = [
    {
      name: "name",
      label: "Name",
      className: "max-w-64",
      cell: ({ id, name, role }) => (
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{name ?? (role === "admin" ? "Admin" : "Viewer")}</span>
          {id === self.id && <Badge tone="accent">you</Badge>}
        </span>
      ),
    },
    {
      name: "role",
      label: "Role",
      cell: ({ role }) => <Badge tone={role === "admin" ? "warn" : "neutral"}>{role}</Badge>,
    },
    { name: "how", label: "Came in by", cell: ({ how }) => <span className="whitespace-nowrap">{WAYS[how]}</span> },
    { name: "since", label: "Since", right: true, cell: ({ created_at: at }) => <Time at={at} ago /> },
    { name: "idle", label: "If unused, until", right: true, cell: ({ idle_until: at }) => <Time at={at} ago /> },
    { name: "until", label: "At most until", right: true, wide: true, cell: ({ expires_at: at }) => <Time at={at} /> },
    {
      name: "end",
      label: <span className="sr-only">End</span>,
      right: true,
      cell: (session) =>
        session.id !== self.id && (
          <Button size="small" look="quiet" disabled={!isAdmin} title={why} onClick={() => setEnded(session)}>
            <UserX aria-hidden /> End
          </Button>
        ),
    },
  ];
  return (
    <Card
      flush
      title="Who is signed in"
      actions={
        <Button size="small" look="danger" disabled={!isAdmin} title={why} onClick={() => setEndingAll(true)}>
          <LogOut aria-hidden /> End all
        </Button>
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      {data === undefined ? (
        error === null && <SkeletonRows rows={2} />
      ) : (
        <Table
          label="Who is signed in"
          rows={data.data}
          columns={columns}
          keyOf={({ id }) => id!}
          empty={<Empty title="Nobody is signed in">The admin token opens this page as well.</Empty>}
        />
      )}
      <Confirm
        open={ended !== undefined}
        onClose={() => setEnded(undefined)}
        title={`End the session of ${ended?.name ?? `this ${ended?.role}`}?`}
        action="End the session"
        onConfirm={() => end.mutateAsync(ended!)}
      >
        Whoever it is has to sign in again: by a new link, the admin token, or single sign-on.
      </Confirm>
      <Confirm
        open={isEndingAll}
        onClose={() => setEndingAll(false)}
        title="End all sessions?"
        action="End all, mine too"
        onConfirm={async () => {
          await ask("/sessions", { method: "DELETE" });
          location.assign("/settings?tab=access");
        }}
      >
        Everybody has to sign in again, you as well, and links that nobody has used are worthless from then on.
      </Confirm>
    </Card>
  );
}

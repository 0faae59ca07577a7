import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pencil, Trash2 } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import type { KeyPage, ListedTeam } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Confirm, Dialog, Drawer } from "../../ui/dialog.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, TextArea } from "../../ui/field.tsx";
import { changedMembers, jsonText, objectOf } from "../../ui/json-text.ts";
import { OwnerBudgets } from "../../ui/owner-budgets.tsx";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { STATUS_TONES } from "./key-words.ts";

const SHOWN = 100;

/** One team: its budgets and its keys. */
export function TeamDrawer({ team, onClose }: { team: ListedTeam; onClose: () => void }) {
  const { may, why } = useMayChange();
  const [asking, setAsking] = useState<"edit" | "remove">();
  const { data: keys } = useQuery({
    queryKey: ["keys", "of-team", team.id],
    queryFn: ({ signal }) => ask<KeyPage>(`/keys${search({ team: team.id, limit: SHOWN })}`, { signal }),
  });
  const remove = useChange(
    () => ask(`/teams/${encodeURIComponent(team.id)}`, { method: "DELETE" }),
    ["teams", "budgets"],
    `The team ${team.name} is gone.`,
  );
  return (
    <Drawer
      open
      onClose={onClose}
      title={team.name}
      hint={<span className="font-mono text-[12.5px]">{team.id}</span>}
      footer={
        <>
          <Button look="danger" className="mr-auto" disabled={!may} title={why} onClick={() => setAsking("remove")}>
            <Trash2 aria-hidden /> Remove
          </Button>
          <Button disabled={!may} title={why} onClick={() => setAsking("edit")}>
            <Pencil aria-hidden /> Rename or note
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-6">
        <section className="flex flex-col gap-2">
          <h3 className="font-semibold">Budget</h3>
          <OwnerBudgets scope="team" scopeId={team.id} name={team.name} />
        </section>
        <section className="flex flex-col gap-2">
          <h3 className="font-semibold">Keys</h3>
          {keys === undefined ? (
            <Skeleton className="w-48" />
          ) : keys.data.length === 0 ? (
            <p className="text-muted">No key belongs to it. A key is put into a team where it is made or changed.</p>
          ) : (
            <ul className="divide-y divide-line rounded-lg border border-line">
              {keys.data.map(({ id, name, status, hint }) => (
                <li key={id}>
                  <Link
                    to="/keys"
                    search={{ key: id } as never}
                    className="flex h-10 items-center gap-3 px-3 hover:bg-hover"
                  >
                    <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
                    <span className="font-mono text-[12.5px] text-muted max-sm:hidden">{hint}</span>
                    <Badge tone={STATUS_TONES[status]}>{status}</Badge>
                  </Link>
                </li>
              ))}
            </ul>
          )}
          {keys?.has_more === true && <p className="text-[13px] text-muted">The {SHOWN} latest are shown.</p>}
        </section>
        {team.metadata !== undefined && (
          <section className="flex flex-col gap-2">
            <h3 className="font-semibold">Metadata</h3>
            <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-[12.5px]">
              {jsonText(team.metadata)}
            </pre>
          </section>
        )}
      </div>
      {asking === "edit" && <TeamForm team={team} onClose={() => setAsking(undefined)} />}
      <Confirm
        open={asking === "remove"}
        onClose={() => setAsking(undefined)}
        title={`Remove ${team.name}?`}
        action="Remove the team"
        onConfirm={() => remove.mutateAsync(undefined).then(onClose)}
      >
        <p>
          A team that keys belong to cannot be removed: move or revoke them first. Its budgets go with it; reports keep
          what it spent.
        </p>
      </Confirm>
    </Drawer>
  );
}

/** Makes a team, or changes one. */
export function TeamForm({ team, onClose }: { team?: ListedTeam; onClose: () => void }) {
  const { may, why } = useMayChange();
  const id = useId();
  const [name, setName] = useState(team?.name ?? "");
  const [metadata, setMetadata] = useState(jsonText(team?.metadata));
  const save = useChange(
    async () => {
      const noted = objectOf(metadata, "metadata");
      const told = { name: name.trim(), ...(noted === undefined ? {} : { metadata: noted }) };
      if (team === undefined) return ask<ListedTeam>("/teams", { method: "POST", body: told });
      const before = { name: team.name, ...(team.metadata === undefined ? {} : { metadata: team.metadata }) };
      return ask<ListedTeam>(`/teams/${encodeURIComponent(team.id)}`, {
        method: "PATCH",
        body: changedMembers(before, told),
      });
    },
    ["teams"],
    ({ name: called }) => `The team ${called} is ${team === undefined ? "made" : "changed"}.`,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={team === undefined ? "A new team" : `Change ${team.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={id} busy={save.isPending} disabled={!may} title={why}>
            {team === undefined ? "Make the team" : "Save"}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name" error={faultAt(save.error, "name")}>
          {(ids) => (
            <Input
              {...ids}
              data-first
              maxLength={200}
              value={name}
              disabled={!may}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Field
          label="Metadata"
          optional
          hint="A JSON object for your own notes."
          error={faultAt(save.error, "metadata")}
        >
          {(ids) => (
            <TextArea
              {...ids}
              className="font-mono text-[12.5px]"
              value={metadata}
              disabled={!may}
              onChange={({ target }) => setMetadata(target.value)}
            />
          )}
        </Field>
        {save.error !== null && faultAt(save.error, "name", "metadata") === undefined && <Failed error={save.error} />}
      </form>
    </Dialog>
  );
}

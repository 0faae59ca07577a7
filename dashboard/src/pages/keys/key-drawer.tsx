import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ban, ChevronDown, Power, RotateCw } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import type { ListedKey } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { keyQuery } from "../../api/control.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Confirm, Drawer } from "../../ui/dialog.tsx";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { OwnerBudgets } from "../../ui/owner-budgets.tsx";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { KeyFields } from "./key-fields.tsx";
import { changesOf, formOf, type KeyForm, rebased } from "./key-form.ts";
import { KeyGlance } from "./key-glance.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";
import { Unplaced } from "./unplaced.tsx";

/** One key in full, beside the list: seen, changed, rotated, shut. */
export function KeyDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(keyQuery(id));
  if (data !== undefined) return <Known key={data.id} data={data} onClose={onClose} />;
  return (
    <Drawer open onClose={onClose} title="Key" hint={id}>
      {error === null ? (
        <div className="flex flex-col gap-4">
          <Skeleton className="h-14" />
          <Skeleton className="h-8" />
          <Skeleton className="h-8 w-1/2" />
        </div>
      ) : (
        <Failed error={error} retry={() => void refetch()} />
      )}
    </Drawer>
  );
}

function Known({ data, onClose }: { data: ListedKey; onClose: () => void }) {
  const { may, why } = useMayChange();
  const form = useId();
  const client = useQueryClient();
  const [before, setBefore] = useState(data);
  const [told, setTold] = useState(() => formOf(data));
  // It was changed elsewhere, or here: what nobody touched is shown as it is now.
  if (data !== before) {
    setBefore(data);
    setTold(rebased(told, before, data));
  }
  const [asking, setAsking] = useState<"rotate" | "revoke">();
  const path = `/keys/${encodeURIComponent(data.id)}`;
  const save = useChange(
    async (wanted: KeyForm) => ask<ListedKey>(path, { method: "PATCH", body: changesOf(before, wanted) }),
    ["keys", "budgets"],
    "The key is changed. It holds from the next request on.",
  );
  const turn = useChange(
    (disabled: boolean) => ask<ListedKey>(path, { method: "PATCH", body: { disabled } }),
    ["keys"],
    ({ disabled }) => (disabled ? "The key opens nothing until it is enabled." : "The key opens again."),
  );
  const isOver = data.status === "revoked";
  const isFixed = data.read_only || isOver;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(told, {
      onSuccess: (changed) => {
        client.setQueryData(keyQuery(data.id).queryKey, changed);
        setTold(formOf(changed));
      },
    });
  };
  return (
    <Drawer
      open
      onClose={onClose}
      title={data.name}
      hint={<span className="font-mono text-[12.5px]">{data.id}</span>}
      {...(isFixed
        ? {}
        : {
            footer: (
              <>
                <div className="mr-auto">
                  <Menu
                    trigger={
                      <Button disabled={!may} title={why}>
                        Rotate or shut <ChevronDown aria-hidden />
                      </Button>
                    }
                  >
                    <MenuItem onSelect={() => setAsking("rotate")}>
                      <RotateCw aria-hidden /> Rotate…
                    </MenuItem>
                    <MenuItem onSelect={() => turn.mutate(!data.disabled)}>
                      <Power aria-hidden /> {data.disabled ? "Enable" : "Disable"}
                    </MenuItem>
                    <MenuLine />
                    <MenuItem danger onSelect={() => setAsking("revoke")}>
                      <Ban aria-hidden /> Revoke…
                    </MenuItem>
                  </Menu>
                </div>
                <Button onClick={onClose}>Close</Button>
                <Button look="primary" type="submit" form={form} busy={save.isPending} disabled={!may} title={why}>
                  Save
                </Button>
              </>
            ),
          })}
    >
      <div className="flex flex-col gap-5">
        <KeyGlance data={data} />
        {turn.error !== null && <Failed error={turn.error} />}
        {data.read_only && (
          <p className="text-muted">
            It stands in the environment, as AI_GATEWAY_API_KEY, and is changed there. Budgets can be set for it here.
          </p>
        )}
        {(data.read_only || data.budgets.length > 1) && <OwnerBudgets scope="key" scopeId={data.id} name={data.name} />}
        {!data.read_only && (
          <form id={form} onSubmit={submit} noValidate className="flex flex-col gap-4">
            <Unplaced error={save.error} />
            <KeyFields
              form={told}
              put={(some) => setTold((now) => ({ ...now, ...some }))}
              error={save.error}
              disabled={!may || isOver}
              several={data.budgets.length > 1}
            />
          </form>
        )}
      </div>
      {asking === "rotate" && <RotateDialog data={data} onClose={() => setAsking(undefined)} />}
      <Revoke data={data} open={asking === "revoke"} onClose={() => setAsking(undefined)} onDone={onClose} />
    </Drawer>
  );
}

function Revoke({
  data,
  open,
  onClose,
  onDone,
}: {
  data: ListedKey;
  open: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const revoke = useChange(
    () => ask(`/keys/${encodeURIComponent(data.id)}`, { method: "DELETE" }),
    ["keys", "budgets"],
    `The key ${data.name} is revoked.`,
  );
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Revoke ${data.name}?`}
      action="Revoke the key"
      onConfirm={() => revoke.mutateAsync(undefined).then(onDone)}
    >
      <p>
        It opens nothing any more, for good, and its budgets are taken away. What it asked for stays in the reports. To
        shut it for a while, disable it.
      </p>
    </Confirm>
  );
}

import { type FormEvent, useId, useState } from "react";
import type { ListedKey } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Select } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { MadeKey } from "./made-key.tsx";

/** Seconds for which the secret before may open as well. */
const OVERLAPS = [
  [0, "At once"],
  [3600, "In an hour"],
  [86_400, "In a day"],
  [7 * 86_400, "In seven days"],
  [30 * 86_400, "In 30 days"],
] as const;

/** Gives a key another secret, and shows it. */
export function RotateDialog({ data, onClose }: { data: ListedKey; onClose: () => void }) {
  const id = useId();
  const isLeaked = data.status === "leaked";
  const [overlap, setOverlap] = useState(isLeaked ? 0 : 86_400);
  const rotate = useChange(
    () =>
      ask<ListedKey>(`/keys/${encodeURIComponent(data.id)}/rotate`, {
        method: "POST",
        body: overlap === 0 ? {} : { overlap_seconds: overlap },
      }),
    ["keys"],
    "The key has another secret.",
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rotate.mutate(undefined);
  };
  if (rotate.data !== undefined)
    return (
      <Dialog
        open
        onClose={onClose}
        className="max-w-2xl"
        title={`The new secret of ${data.name}`}
        footer={
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <MadeKey made={rotate.data} />
      </Dialog>
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Rotate ${data.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={id} busy={rotate.isPending}>
            Rotate
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} className="flex flex-col gap-4">
        <p>It is given another secret. Everything else stays: its name, budgets, limits and reports.</p>
        <Field
          label="The secret that it has now ends"
          hint={isLeaked ? "It was found where it should not be, and opens nothing any more." : undefined}
          error={faultAt(rotate.error, "overlap_seconds")}
        >
          {(ids) => (
            <Select
              {...ids}
              className="w-full"
              disabled={isLeaked}
              value={overlap}
              onChange={({ target }) => setOverlap(Number(target.value))}
            >
              {OVERLAPS.map(([seconds, label]) => (
                <option key={seconds} value={seconds}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {rotate.error !== null && faultAt(rotate.error, "overlap_seconds") === undefined && (
          <Failed error={rotate.error} />
        )}
      </form>
    </Dialog>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { MadeCorrection, ShownGeneration, ToldCorrection } from "../../../../../src/admin/contract.ts";
import { ApiError, ask } from "../../../api/client.ts";
import { useMayChange } from "../../../shell/session.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { exactUsd } from "../../../ui/format.ts";
import { Failed } from "../../../ui/state.tsx";
import { toast } from "../../../ui/toast.tsx";

/** Adds to what a request cost, or takes away from it, where the invoice says otherwise. */
export function CorrectButton({ one }: { one: ShownGeneration }) {
  const [open, setOpen] = useState(false);
  const { may, why } = useMayChange();
  return (
    <>
      <Button size="small" disabled={!may} title={why} onClick={() => setOpen(true)}>
        Correct…
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Correct the cost" className="max-w-md">
        <Form one={one} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Form({ one: { id, market_cost: cost }, onDone }: { one: ShownGeneration; onDone: () => void }) {
  const client = useQueryClient();
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const param = error instanceof ApiError ? error.param : undefined;
  const at = (name: string) => (param === name && error instanceof ApiError ? error.message : undefined);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const body: ToldCorrection = { adjustment_usd: amount.trim(), reason: reason.trim() };
      const made = await ask<MadeCorrection>(`/generations/${id}/corrections`, { method: "POST", body });
      toast(`Corrected: it costs ${exactUsd(made.market_cost)} now.`);
      onDone();
      for (const word of ["generation", "usage", "budgets", "keys"])
        void client.invalidateQueries({ queryKey: [word] });
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-muted">
        It costs {exactUsd(cost)}. The correction stands beside it, in every report and on the budgets that it was spent
        from.
      </p>
      <Field
        label="Dollars to add"
        hint="With a minus before it they are taken away, as in -0.25."
        error={at("adjustment_usd")}
      >
        {(ids) => (
          <Input
            {...ids}
            data-first
            required
            inputMode="decimal"
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        )}
      </Field>
      <Field label="Reason" error={at("reason")}>
        {(ids) => (
          <Input {...ids} required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      {error !== undefined && at("adjustment_usd") === undefined && at("reason") === undefined && (
        <Failed error={error} />
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={busy}>
          Correct
        </Button>
      </div>
    </form>
  );
}

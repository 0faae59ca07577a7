import { Trash2 } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import type { ListedRule, ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Confirm, Drawer } from "../../ui/dialog.tsx";
import { faultAt, ownFault } from "../../ui/faults.ts";
import { Field, TextArea } from "../../ui/field.tsx";
import { changedMembers, jsonText, objectOf } from "../../ui/json-text.ts";
import { Failed } from "../../ui/state.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { TOUCHED, toldMembers } from "./directions.ts";

/** A rule or a virtual model, as a form or as JSON: made, changed, removed. */
export function DirectionDrawer({
  path,
  what,
  one,
  hint,
  before,
  told,
  fields,
  example,
  onClose,
  children,
}: {
  /** Where it is, below `/admin`. */
  path: "/routing-rules" | "/virtual-models";
  /** `rule`, `virtual model` */
  what: string;
  /** The one that is changed; a new one without it. */
  one: ListedRule | ListedVirtualModel | undefined;
  hint: string;
  /** What the form said of it before anybody touched it. */
  before: () => Record<string, unknown>;
  /** What it says now. @throws ApiError */
  told: () => Record<string, unknown>;
  /** Members that have a field to say what is wrong at. */
  fields: readonly string[];
  /** Of a new one, as JSON. */
  example: object;
  onClose: () => void;
  children: (error: unknown, disabled: boolean) => ReactNode;
}) {
  const { may, why } = useMayChange();
  const id = useId();
  const [how, setHow] = useState<"form" | "json">("form");
  const [text, setText] = useState("");
  const [isTyped, setTyped] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const isFixed = one?.read_only === true;
  const mine = one === undefined ? path : `${path}/${one.id.split("/").map(encodeURIComponent).join("/")}`;
  const save = useChange(
    async () => {
      if (how === "json") {
        const whole = objectOf(text, "json");
        if (whole === undefined) throw ownFault("json", "There is nothing here.");
        return ask<{ id: string }>(mine, { method: one === undefined ? "POST" : "PUT", body: whole });
      }
      if (one === undefined) return ask<{ id: string }>(mine, { method: "POST", body: told() });
      return ask<{ id: string }>(mine, { method: "PATCH", body: changedMembers(before(), told()) });
    },
    TOUCHED,
    (answer) =>
      `The ${what} ${answer.id} is ${one === undefined ? "made" : "changed"}. It holds from the next request on.`,
  );
  const remove = useChange(() => ask(mine, { method: "DELETE" }), TOUCHED, `The ${what} ${one?.id ?? ""} is gone.`);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: onClose });
  };
  const turn = (next: "form" | "json") => {
    // What was typed there is still there; what was half filled in is told as it was.
    if (next === "json" && !isTyped) setText(jsonText(filledIn()));
    save.reset();
    setHow(next);
  };
  const filledIn = (): object => {
    try {
      if (one === undefined) return told();
      const whole = { ...toldMembers(one), ...changedMembers(before(), told()) };
      return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null));
    } catch {
      return one === undefined ? example : toldMembers(one);
    }
  };
  const disabled = isFixed || !may;
  const isPlaced = faultAt(save.error, ...(how === "json" ? ["json"] : fields)) !== undefined;
  return (
    <Drawer
      open
      onClose={onClose}
      title={one === undefined ? `A new ${what}` : one.id}
      hint={isFixed ? "It stands in the configuration, and is changed there." : hint}
      footer={
        isFixed ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            {one !== undefined && (
              <Button look="danger" className="mr-auto" disabled={!may} title={why} onClick={() => setAsking(true)}>
                <Trash2 aria-hidden /> Remove
              </Button>
            )}
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" type="submit" form={id} busy={save.isPending} disabled={!may} title={why}>
              {one === undefined ? `Make the ${what}` : "Save"}
            </Button>
          </>
        )
      }
    >
      <form id={id} onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Segments
          label="How it is told"
          value={how}
          onChange={turn}
          className="self-start"
          options={[
            { value: "form", label: "Form" },
            { value: "json", label: "JSON" },
          ]}
        />
        {one?.problem !== undefined && <Failed error={new Error(`It does not hold: ${one.problem}`)} />}
        {save.error !== null && !isPlaced && <Failed error={save.error} />}
        {how === "form" ? (
          children(save.error, disabled)
        ) : (
          <Field
            label={`The ${what} as JSON`}
            hint="All of it, as in the configuration."
            error={faultAt(save.error, "json")}
          >
            {(ids) => (
              <TextArea
                {...ids}
                rows={18}
                className="font-mono text-[12.5px]"
                value={text}
                readOnly={disabled}
                onChange={({ target }) => {
                  setTyped(true);
                  setText(target.value);
                }}
              />
            )}
          </Field>
        )}
      </form>
      <Confirm
        open={isAsking}
        onClose={() => setAsking(false)}
        title={`Remove ${one?.id ?? ""}?`}
        action={`Remove the ${what}`}
        onConfirm={() => remove.mutateAsync(undefined).then(onClose)}
      >
        <p>It counts no more from the next request on. What a rule leads to cannot be removed before the rule.</p>
      </Confirm>
    </Drawer>
  );
}

import { Link2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { AdminRole, AskedSignInLink, MadeSignInLink } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useSession } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useChange } from "../../ui/change.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { Time } from "../../ui/time.tsx";

/** Lets somebody in who has no token: once. */
export function LinkCard() {
  const isAdmin = useSession().role === "admin";
  const why = isAdmin ? undefined : "Only an admin lets others in.";
  const [role, setRole] = useState<AdminRole>("viewer");
  const [name, setName] = useState("");
  const make = useChange(
    (told: AskedSignInLink) => ask<MadeSignInLink>("/sign-in-links", { method: "POST", body: told }),
    ["audit"],
    "The link is made",
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ role, ...(name.trim() === "" ? {} : { name: name.trim() }) });
  };
  const fault = faultAt(make.error, "name");
  const address = make.data && location.origin + make.data.path;
  return (
    <Card title="Let somebody in" hint="By a link that signs in once, within a quarter of an hour.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="flex flex-col gap-1">
          <span className="text-[13px] font-medium">Role</span>
          <Segments
            label="Role"
            value={role}
            onChange={setRole}
            options={[
              { value: "viewer", label: "Viewer" },
              { value: "admin", label: "Admin" },
            ]}
            className="self-start"
          />
          <p className="text-[13px] text-muted">
            {role === "viewer"
              ? "Sees everything but what people said; changes and spends nothing."
              : "Does everything that you can."}
          </p>
        </div>
        <Field label="Name" optional error={fault} hint="What this page and the audit log call them by.">
          {(ids) => (
            <Input
              {...ids}
              value={name}
              maxLength={100}
              placeholder="Ada"
              disabled={!isAdmin}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        {make.error !== null && fault === undefined && <Failed error={make.error} />}
        <Button
          type="submit"
          look="primary"
          busy={make.isPending}
          disabled={!isAdmin}
          title={why}
          className="self-start"
        >
          <Link2 aria-hidden /> Make a link
        </Button>
      </form>
      {make.data !== undefined && (
        <div aria-live="polite" className="mt-4 flex flex-col gap-2 border-t border-line pt-4">
          <div className="flex items-start gap-2">
            <code className="min-w-0 flex-1 break-all rounded-md bg-sunken px-2 py-1.5 font-mono text-[12.5px]">
              {address}
            </code>
            <CopyButton text={address!} label="Copy the link" shown />
          </div>
          <p className="text-[13px] text-muted">
            For {make.data.name ?? "somebody"}, as {make.data.role}; good until <Time at={make.data.expires_at} />. It
            is told this once: whoever opens it is in.
          </p>
        </div>
      )}
    </Card>
  );
}

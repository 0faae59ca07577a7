import { useMutation } from "@tanstack/react-query";
import { KeyRound, Pencil, Play, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import type { CredentialTrial, ListedProvider, ProviderCredential } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { useMayChange, useSession } from "../../shell/session.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { useChange } from "../../ui/change.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Failed } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { Outcome } from "./outcome.tsx";
import { ServedModels } from "./served-models.tsx";

/** Where one credential is found. */
export function pathOf(provider: string, name?: string): string {
  const all = `/providers/${encodeURIComponent(provider)}/credentials`;
  return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
}

/** One credential: what is known of it, and what can be done with it. Its secret is shown to nobody. */
export function CredentialCard({
  one,
  provider,
  onEdit,
}: {
  one: ProviderCredential;
  provider: ListedProvider;
  onEdit: (secretOnly: boolean) => void;
}) {
  const { may, why } = useMayChange();
  // What is locked may be tried; a viewer may not spend.
  const { role } = useSession();
  const [isLeaving, setLeaving] = useState(false);
  const trial = useMutation({
    mutationFn: () => ask<CredentialTrial>(`${pathOf(provider.name, one.name)}/test`, { method: "POST" }),
  });
  const remove = useChange(
    () => ask<object>(pathOf(provider.name, one.name), { method: "DELETE" }),
    ["providers", "models", "health"],
    `The credential ${one.name} is removed.`,
  );
  return (
    <article aria-label={`Credential ${one.name}`} className="rounded-lg border border-line">
      <div className="flex flex-col gap-2 p-3">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <KeyRound aria-hidden className="size-4 text-muted" />
          <span className="font-medium break-all">{one.name}</span>
          {one.hint != null && <span className="font-mono text-[12.5px] text-muted">{one.hint}</span>}
          <Terms one={one} />
        </div>
        <p className="text-[13px] text-muted">
          <Told one={one} variables={provider.variables} />
        </p>
        {one.problem !== undefined && (
          <p className="rounded-md bg-bad-soft px-2.5 py-1.5 text-bad">
            <span className="font-medium">Not asked:</span> {one.problem}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            busy={trial.isPending}
            disabled={role === "viewer"}
            title={role === "viewer" ? why : "Asks for a few tokens of its cheapest model"}
            onClick={() => trial.mutate()}
          >
            <Play /> Test
          </Button>
          {!one.read_only && (
            <>
              <Button size="small" disabled={!may} title={why} onClick={() => onEdit(false)}>
                <Pencil /> Edit
              </Button>
              <Button size="small" disabled={!may} title={why} onClick={() => onEdit(true)}>
                <RefreshCw /> New secret
              </Button>
              <Button size="small" look="danger" disabled={!may} title={why} onClick={() => setLeaving(true)}>
                <Trash2 /> Remove
              </Button>
            </>
          )}
        </div>
        {provider.authentication === "none" && isPlaced(one) && (
          <ServedModels one={one} path={pathOf(provider.name, one.name)} />
        )}
        <div aria-live="polite" className="empty:hidden">
          {trial.error !== null && !trial.isPending && <Failed error={trial.error} />}
          {trial.data !== undefined && !trial.isPending && <Outcome trial={trial.data} />}
        </div>
      </div>
      <Confirm
        open={isLeaving}
        onClose={() => setLeaving(false)}
        title={`Remove ${one.name}?`}
        action="Remove the credential"
        onConfirm={() => remove.mutateAsync(undefined)}
      >
        <p>
          Its secret is forgotten, and {provider.title} is not asked by it from the next request on. Requests that are
          under way go on.
        </p>
      </Confirm>
    </article>
  );
}

function isPlaced(one: ProviderCredential): one is ProviderCredential & { base_url: string } {
  return one.base_url !== undefined;
}

/** What is said of its contract. */
function Terms({ one }: { one: ProviderCredential }) {
  return (
    <>
      {one.zero_data_retention && <Badge title="Nothing is kept there">Zero data retention</Badge>}
      {one.no_training && <Badge title="Nothing is learned from what is sent there">No training</Badge>}
      {one.hipaa && <Badge>HIPAA</Badge>}
      {one.regions?.map((region) => (
        <Badge key={region} title="It may process what it is sent here">
          {region}
        </Badge>
      ))}
    </>
  );
}

/** Where it stands, how often it is asked, and where it is. */
function Told({ one, variables }: { one: ProviderCredential; variables: readonly string[] }) {
  const { source, weight, base_url: url, region, project, location, updated_at: at } = one;
  const places = [url, region, project, location].filter((place) => place !== undefined);
  return (
    <>
      {source === "environment" &&
        `Of the environment${variables.length > 0 ? `, such as ${variables[0]}` : ""}: it is changed there.`}
      {source === "configuration" && "Of the configuration: it is changed there."}
      {source === "api" && (
        <>
          Entered here, changed <Time at={at} ago />.
        </>
      )}{" "}
      {weight === 0 ? "Asked only when no other is left." : `Weight ${weight}.`}
      {places.length > 0 && <span className="block break-words">{places.join(" · ")}</span>}
    </>
  );
}

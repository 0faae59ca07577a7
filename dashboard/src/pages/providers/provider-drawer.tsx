import { Link } from "@tanstack/react-router";
import { ExternalLink, Plus } from "lucide-react";
import { useState } from "react";
import type { ListedProvider, ListedWay, ProviderCredential } from "../../../../src/admin/contract.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Dot } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Drawer } from "../../ui/dialog.tsx";
import { count } from "../../ui/format.ts";
import { CredentialCard } from "./credential-card.tsx";
import { CredentialDialog } from "./credential-dialog.tsx";
import { type Standing, wordOf } from "./standing.ts";
import { Ways } from "./ways.tsx";

/** One provider in full. */
export function ProviderDrawer({
  standing,
  ways,
  isSimulated,
  onClose,
}: {
  standing: Standing;
  ways: readonly ListedWay[];
  isSimulated: boolean;
  onClose: () => void;
}) {
  const { provider } = standing;
  const { may, why } = useMayChange();
  const [edited, setEdited] = useState<{ one?: ProviderCredential; secretOnly?: boolean } | undefined>();
  const { tone, word } = wordOf(standing);
  return (
    <Drawer
      open
      onClose={onClose}
      title={provider.title}
      hint={
        <span className="flex flex-wrap items-center gap-x-3">
          <span className="font-mono">{provider.name}</span>
          <span className="flex items-center gap-1.5">
            <Dot tone={tone} /> {word}
          </span>
        </span>
      }
    >
      <div className="flex flex-col gap-6">
        <Facts provider={provider} />
        <section aria-labelledby="credentials" className="flex flex-col gap-3">
          <div className="flex items-center gap-3">
            <h3 id="credentials" className="font-semibold">
              Credentials
            </h3>
            <Button size="small" className="ml-auto" disabled={!may} title={why} onClick={() => setEdited({})}>
              <Plus /> Add a credential
            </Button>
          </div>
          {provider.credentials.length === 0 && <Without provider={provider} isSimulated={isSimulated} />}
          {provider.credentials.map((one) => (
            <CredentialCard
              key={one.name}
              one={one}
              provider={provider}
              onEdit={(secretOnly) => setEdited({ one, secretOnly })}
            />
          ))}
        </section>
        <section aria-labelledby="ways" className="flex flex-col gap-3">
          <h3 id="ways" className="font-semibold">
            Endpoints asked in the last day
          </h3>
          <Ways ways={ways} />
        </section>
      </div>
      {edited !== undefined && (
        <CredentialDialog {...edited} provider={provider} onClose={() => setEdited(undefined)} />
      )}
    </Drawer>
  );
}

function Facts({ provider }: { provider: ListedProvider }) {
  const { name, base_url: url, models, docs, authentication } = provider;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5 [&_dt]:text-muted">
      <dt>Models</dt>
      <dd>
        {models === 0 ? (
          authentication === "none" ? (
            "None in the catalogue: enter its address as a credential, and it is asked for them there."
          ) : (
            "None in the catalogue: the configuration tells which it serves."
          )
        ) : (
          <Link to="/models" search={{ provider: name, served: "all" } as never} className={LINK}>
            {count(models)} {models === 1 ? "model" : "models"}
          </Link>
        )}
      </dd>
      <dt>Requests</dt>
      <dd>
        <Link to="/requests" search={{ provider: name } as never} className={LINK}>
          Those that it served
        </Link>
      </dd>
      <dt>Address</dt>
      <dd className="break-all font-mono text-[12.5px] leading-6">
        {url ?? <span className="font-sans">Your own</span>}
      </dd>
      {docs !== null && /^https?:\/\//.test(docs) && (
        <>
          <dt>Documentation</dt>
          <dd>
            <a
              href={docs}
              target="_blank"
              rel="noreferrer noopener"
              className={`${LINK} inline-flex items-center gap-1`}
            >
              {new URL(docs).hostname}
              <ExternalLink aria-hidden className="size-3.5" />
              <span className="sr-only">(opens in a new tab)</span>
            </a>
          </dd>
        </>
      )}
    </dl>
  );
}

const LINK = "text-accent hover:underline";

/** How it comes to be asked. */
function Without({ provider, isSimulated }: { provider: ListedProvider; isSimulated: boolean }) {
  const { variables } = provider;
  return (
    <div className="rounded-md bg-sunken px-3 py-2.5 text-muted">
      {isSimulated ? "The simulator answers in its place. " : "Nobody asks it. "}
      Add a credential here
      {variables.length === 0 ? (
        "."
      ) : (
        <>
          , or set <code className="font-mono text-[12.5px] text-ink">{variables[0]}</code> in the gateway's
          environment.
        </>
      )}
    </div>
  );
}

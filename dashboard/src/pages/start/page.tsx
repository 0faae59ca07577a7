import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, KeyRound } from "lucide-react";
import { useState } from "react";
import type { ListedKey } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { modelsQuery } from "../../api/queries.ts";
import { useMayChange } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useChange } from "../../ui/change.ts";
import { Code, CopyButton } from "../../ui/copy.tsx";
import { familiarModel } from "../../ui/familiar-model.ts";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { SNIPPETS, type SnippetName } from "../../ui/snippets.ts";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { FirstRequest } from "./first-request.tsx";
import { NextSteps } from "./next-steps.tsx";

/** Where somebody begins: a key, a line that works, and the request that comes of it. */
export default function StartPage() {
  const [key, setKey] = useState<string>();
  return (
    <Page
      title="Get started"
      hint="One address, one key, every model. Whatever speaks the OpenAI API works when its base URL is this one."
    >
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <KeyStep secret={key} onMade={setKey} />
          <CodeStep secret={key} />
          <FirstRequest />
        </div>
        <NextSteps />
      </div>
    </Page>
  );
}

function KeyStep({ secret, onMade }: { secret: string | undefined; onMade: (secret: string) => void }) {
  const { may, why } = useMayChange();
  const make = useChange(
    () => ask<ListedKey>("/keys", { method: "POST", body: { name: "my first key" } }),
    ["keys"],
    ({ name }) => `The key ${name} is made.`,
  );
  return (
    <Card title="1 · A key" hint="What clients show. It is told once.">
      {secret === undefined ? (
        <div className="flex flex-wrap items-center gap-3">
          <Button
            look="primary"
            busy={make.isPending}
            disabled={!may}
            title={why}
            onClick={() => make.mutate(undefined, { onSuccess: ({ key }) => onMade(key!) })}
          >
            <KeyRound /> Make a key
          </Button>
          <p className="text-muted">
            Or use the one that the first start printed.{" "}
            <Link to="/keys" className="whitespace-nowrap text-accent underline">
              All keys
            </Link>
          </p>
          {make.error !== null && <Failed error={make.error} className="w-full" />}
        </div>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <code className="min-w-0 break-all rounded-md bg-sunken px-2 py-1 font-mono text-[13px]">{secret}</code>
          <CopyButton text={secret} label="Copy the key" shown />
          <p className="w-full text-[13px] text-muted">
            Keep it now: it is kept here as a hash, and nobody can show it again.
          </p>
        </div>
      )}
    </Card>
  );
}

function CodeStep({ secret }: { secret: string | undefined }) {
  const { one, change } = useSearchMembers();
  const { data, error, refetch } = useQuery(modelsQuery);
  const name = (SNIPPETS.find((snippet) => snippet.name === one("in"))?.name ?? "curl") satisfies SnippetName;
  const snippet = SNIPPETS.find((each) => each.name === name)!;
  const model = data === undefined ? undefined : familiarModel(data.data);
  const facts = { url: location.origin, key: secret ?? "$AI_GATEWAY_API_KEY", model: model?.id ?? "openai/gpt-5" };
  return (
    <Card
      title="2 · A request"
      actions={
        <Segments
          label="Language"
          value={name}
          onChange={(next) => change({ in: next })}
          options={SNIPPETS.map(({ name: value, label }) => ({ value, label }))}
        />
      }
    >
      {error !== null ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-36" />
      ) : (
        <div className="flex flex-col gap-2">
          {snippet.setUp !== null && <Code text={snippet.setUp} label="Copy the command" />}
          <Code text={snippet.write(facts)} label="Copy the code" />
          <p className="text-[13px] text-muted">
            {secret === undefined && "Make a key above, and it stands in the code. "}
            {model === undefined ? (
              "No provider has a credential yet, so every request will be refused."
            ) : (
              <>
                Any of{" "}
                <Link to="/models" className="inline-flex items-center gap-0.5 text-accent underline">
                  the models <ArrowRight aria-hidden className="size-3" />
                </Link>{" "}
                can stand in place of {facts.model}.
              </>
            )}
          </p>
        </div>
      )}
    </Card>
  );
}

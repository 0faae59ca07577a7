import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ListedKey } from "../../../../src/admin/contract.ts";
import { modelsQuery } from "../../api/queries.ts";
import { Code, CopyButton } from "../../ui/copy.tsx";
import { familiarModel } from "../../ui/familiar-model.ts";
import { SNIPPETS, type SnippetName } from "../../ui/snippets.ts";
import { Segments } from "../../ui/tabs.tsx";
import { mayAsk } from "./key-words.ts";

/** A secret that was just made, this once, and a line that works with it. */
export function MadeKey({ made }: { made: ListedKey }) {
  const { data } = useQuery(modelsQuery);
  const [name, setName] = useState<SnippetName>("curl");
  const secret = made.key ?? "";
  const open = (data?.data ?? []).filter(({ id }) => mayAsk(made.models, id));
  const model =
    (familiarModel(open) ?? open[0])?.id ?? made.models?.find((one) => !one.includes("*")) ?? "openai/gpt-5";
  const snippet = SNIPPETS.find((one) => one.name === name)!;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <code className="min-w-0 break-all rounded-md bg-sunken px-2 py-1 font-mono text-[13px]">{secret}</code>
        <CopyButton text={secret} label="Copy the key" shown />
      </div>
      <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
        Keep it now: it is kept here as a hash, and nobody can show it again.
      </p>
      <div className="flex min-w-0 flex-col gap-2">
        <div className="overflow-x-auto">
          <Segments
            label="Language"
            value={name}
            onChange={setName}
            options={SNIPPETS.map(({ name: value, label }) => ({ value, label }))}
          />
        </div>
        {snippet.setUp !== null && <Code text={snippet.setUp} label="Copy the command" />}
        <Code text={snippet.write({ url: location.origin, key: secret, model })} label="Copy the code" />
      </div>
    </div>
  );
}

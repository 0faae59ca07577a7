import { useQuery } from "@tanstack/react-query";
import { RotateCw, SearchX } from "lucide-react";
import { useCallback } from "react";
import type { Setting } from "../../../../src/admin/contract.ts";
import { settingsQuery } from "../../api/queries.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { useSearchMembers } from "../../ui/search.ts";
import { SearchInput } from "../../ui/search-input.tsx";
import { Empty, Failed, SkeletonRows } from "../../ui/state.tsx";
import { Segments } from "../../ui/tabs.tsx";
import { fitting, grouped, type Kind, written } from "./in-force.ts";

/** Each option, its value, and where that was told. */
export function InForceTab() {
  const { one, change } = useSearchMembers();
  const { data, error, refetch } = useQuery(settingsQuery);
  const [q, kind] = [one("q"), (one("of") === "told" ? "told" : "all") satisfies Kind as Kind];
  const find = useCallback((text: string | undefined) => change({ q: text }), [change]);
  const found = data && fitting(data.settings, kind, q);
  const told = data?.settings.filter(({ source }) => source !== "default").length;
  const isAllAtStart = data?.settings.every(({ needs_restart: needs }) => needs) ?? true;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={find} label="Search the settings" placeholder="keep_days, timeout, oidc…" />
        <Segments
          label="Which settings"
          value={kind}
          onChange={(next) => change({ of: next === "all" ? undefined : next })}
          options={[
            { value: "all", label: "All" },
            { value: "told", label: `Told here${told === undefined ? "" : ` · ${count(told)}`}` },
          ]}
        />
        {isAllAtStart && (
          <p className="inline-flex items-center gap-1.5 text-[13px] text-muted md:ml-auto">
            <RotateCw aria-hidden className="size-3.5" /> Read once, at start: what is changed in the configuration
            holds after a restart.
          </p>
        )}
      </div>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {found === undefined && error === null && (
        <Card flush>
          <SkeletonRows rows={12} height={60} />
        </Card>
      )}
      {found?.length === 0 && (
        <Card>
          <Empty
            icon={SearchX}
            title={kind === "told" && q === undefined ? "Everything is as it comes" : "No setting is like that"}
            action={<Button onClick={() => change({ q: undefined, of: undefined })}>Show all</Button>}
          >
            {kind === "told" && q === undefined && "Neither a file, nor a variable, nor a flag says anything."}
          </Empty>
        </Card>
      )}
      {found !== undefined &&
        grouped(found).map(({ name, settings }) => (
          <Card
            key={name ?? ""}
            flush
            title={name === null ? "The gateway" : <code className="font-mono">{name}</code>}
          >
            <ul className="divide-y divide-line">
              {settings.map((setting) => (
                <Line key={setting.path} setting={setting} hasMark={!isAllAtStart} />
              ))}
            </ul>
          </Card>
        ))}
    </div>
  );
}

function Line({ setting, hasMark }: { setting: Setting; hasMark: boolean }) {
  const { path, source, named, description, needs_restart: needsRestart } = setting;
  return (
    <li className="grid items-start gap-x-4 gap-y-1 px-4 py-2.5 md:grid-cols-[minmax(0,1fr)_minmax(0,20rem)_8.5rem]">
      <div className="min-w-0">
        <p className="font-mono text-[13px] font-medium break-words">
          {path}
          {hasMark && needsRestart && (
            <RotateCw aria-label="A change holds after a restart" className="ml-1.5 inline size-3.5 text-muted" />
          )}
        </p>
        <p className="text-[13px] text-muted">{described(description)}</p>
      </div>
      <Value setting={setting} />
      <div className="flex min-w-0 flex-wrap items-center gap-1.5 md:justify-end">
        <Badge tone={source === "default" ? "neutral" : "accent"}>{source}</Badge>
        {named !== null && <code className="font-mono text-xs break-all text-muted md:text-right">{named}</code>}
      </div>
    </li>
  );
}

function Value({ setting }: { setting: Setting }) {
  if (setting.is_secret) return <p className="text-muted">{setting.is_set ? "set, and kept secret" : "not set"}</p>;
  const text = written(setting);
  if (text === null) return <p className="text-muted">not set</p>;
  return <code className="min-w-0 font-mono text-[13px] break-words whitespace-pre-wrap">{text}</code>;
}

/** Backticks hold code, as in the reference. */
function described(text: string) {
  return text.split("`").map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the text stays as it is
      <code key={i} className="font-mono text-[12.5px] text-ink">
        {part}
      </code>
    ),
  );
}

import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileLock2 } from "lucide-react";
import { useState } from "react";
import type { KeptBodies } from "../../../../../src/admin/contract.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Code } from "../../../ui/copy.tsx";
import { Failed, Skeleton } from "../../../ui/state.tsx";
import { Segments } from "../../../ui/tabs.tsx";
import { HeaderFields } from "./header-fields.tsx";
import { JsonTree } from "./json-tree.tsx";
import { type Spoken, spokenIn } from "./spoken.ts";

/** What was said, where its key has that kept. Reading it is written down, so it is read only when somebody wants to. */
export function Bodies({
  isKept,
  mayRead,
  bodies,
  isWanted,
  onWant,
}: {
  isKept: boolean;
  mayRead: boolean;
  bodies: UseQueryResult<KeptBodies>;
  isWanted: boolean;
  onWant: () => void;
}) {
  if (!isKept)
    return (
      <Card title="What was said">
        <p className="text-muted">
          Nothing of it is kept, nor of its header fields. A key with “Keep what is asked and answered” has both kept,
          for as long as the configuration says (
          <code className="font-mono text-[12.5px]">ledger.keep_bodies_days</code>
          ).{" "}
          <Link to="/keys" className="text-accent underline">
            To the keys
          </Link>
        </p>
      </Card>
    );
  if (!isWanted)
    return (
      <Card title="What was said">
        <div className="flex flex-wrap items-center gap-3">
          <Button
            onClick={onWant}
            disabled={!mayRead}
            title={mayRead ? undefined : "Only an admin may read what people said."}
          >
            <FileLock2 aria-hidden /> Show the request and its answer
          </Button>
          <p className="text-[13px] text-muted">That somebody read them is written to the audit log.</p>
        </div>
      </Card>
    );
  const { data, error, refetch } = bodies;
  return (
    <>
      <Said title="Asked" text={data?.asked} error={error} retry={() => void refetch()} />
      <Said title="Answered" text={data?.answered} error={error} retry={() => void refetch()} />
      {error === null && <HeaderFields bodies={data} />}
    </>
  );
}

/** As long as it is, at the most: what is longer was cut. */
const MOST = 65_536;

function Said({
  title,
  text,
  error,
  retry,
}: {
  title: string;
  text: string | null | undefined;
  error: Error | null;
  retry: () => void;
}) {
  const [isPlain, setPlain] = useState(false);
  const json = parsed(text);
  const spoken = json === undefined && text != null ? spokenIn(text) : undefined;
  const hasView = json !== undefined || spoken !== undefined;
  return (
    <Card
      title={title}
      hint={text != null && text.length >= MOST ? "Cut at 64 KB" : undefined}
      actions={
        hasView && (
          <Segments
            label={`${title}: how it is shown`}
            value={isPlain ? "plain" : "read"}
            onChange={(view) => setPlain(view === "plain")}
            options={[
              { value: "read", label: json === undefined ? "Text" : "Tree" },
              { value: "plain", label: json === undefined ? "Frames" : "Plain" },
            ]}
            className="h-7"
          />
        )
      }
    >
      {error !== null ? (
        <Failed error={error} retry={retry} />
      ) : text === undefined ? (
        <Skeleton className="h-40" />
      ) : text === null ? (
        <p className="text-muted">Nothing.</p>
      ) : isPlain || !hasView ? (
        <Code
          text={json === undefined ? text : JSON.stringify(json, null, 2)}
          label={`Copy what was ${title.toLowerCase()}`}
          className="[&_pre]:max-h-[32rem]"
        />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <div tabIndex={0} className="max-h-[32rem] overflow-auto rounded-sm">
          {json === undefined ? <Speech spoken={spoken!} /> : <Json value={json} />}
        </div>
      )}
    </Card>
  );
}

function Json({ value }: { value: object }) {
  return (
    <div className="font-mono text-[12.5px] leading-relaxed">
      <JsonTree value={value} />
    </div>
  );
}

function Speech({ spoken: { text, reasoning, calls } }: { spoken: Spoken }) {
  return (
    <div className="flex flex-col gap-3 break-words">
      {reasoning !== "" && (
        <p className="border-l-2 border-line-strong pl-3 whitespace-pre-wrap text-muted">{reasoning}</p>
      )}
      {text !== "" && <p className="whitespace-pre-wrap">{text}</p>}
      {calls.map(({ name, given }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they stay where they are
        <p key={i} className="font-mono text-[12.5px]">
          <span className="text-accent">{name}</span> {given}
        </p>
      ))}
      {text === "" && reasoning === "" && calls.length === 0 && <p className="text-muted">It said nothing.</p>}
    </div>
  );
}

/** `undefined` for what is no JSON: frames of a stream, or what was cut. */
function parsed(text: string | null | undefined): object | undefined {
  if (text == null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

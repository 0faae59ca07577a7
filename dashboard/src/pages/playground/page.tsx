import { useQuery } from "@tanstack/react-query";
import { Code2, Lock, PanelRight, Trash2 } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { healthQuery, modelsQuery } from "../../api/queries.ts";
import { useSession } from "../../shell/session.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { cn } from "../../ui/class-names.ts";
import { familiarModel } from "../../ui/familiar-model.ts";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Empty, Failed } from "../../ui/state.tsx";
import { CodeDialog } from "./code-dialog.tsx";
import { Composer } from "./composer.tsx";
import { Opening } from "./opening.tsx";
import { Panel } from "./panel.tsx";
import { inAddress, type Setup, setupOf } from "./setup.ts";
import { useTalk } from "./talk.ts";
import { Turns } from "./turns.tsx";

/** So near to the end is at the end. */
const NEAR_PX = 60;

/** Where models are tried out, several side by side, and providers broken on purpose. */
export default function PlaygroundPage() {
  const { role } = useSession();
  if (role === "admin") return <Playground />;
  return (
    <Page title="Playground">
      <Card>
        <Empty icon={Lock} title="For admins alone">
          What is asked here is paid for. You are signed in as a viewer, who spends nothing.
        </Empty>
      </Card>
    </Page>
  );
}

function Playground() {
  const { data: models, error, refetch } = useQuery(modelsQuery);
  const { data: health, error: unheard, refetch: hear } = useQuery(healthQuery);
  const { one, all, change } = useSearchMembers();
  const [system, setSystem] = useState("");
  const [text, setText] = useState("");
  const [isWanted, setWanted] = useState(false);
  const [isCoding, setCoding] = useState(false);
  const talk = useTalk();
  const conversation = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: who is at the end stays there as answers grow
  useLayoutEffect(() => {
    const { current } = conversation;
    if (current !== null && isAtEnd.current) current.scrollTop = current.scrollHeight;
  }, [talk.turns]);
  const told = setupOf(one, all);
  const usual = familiarModel(models?.data ?? []);
  // Until that is known it is taken to be so, and nothing is sent.
  const isSimulated = health?.simulated !== false;
  const setup: Setup = {
    ...told,
    models: told.models.length === 0 && usual !== undefined ? [usual.id] : told.models,
    // Text that nobody understands would go to a real provider.
    faults: isSimulated ? told.faults : [],
  };
  const adjust = (some: Partial<Setup>) => change(inAddress({ ...setup, ...some }));
  const isPanelOpen = one("panel") !== "hidden";
  // Whom it goes to, and whether they can be broken, may not be known yet: what is sent before goes out once it is.
  const awaited =
    models === undefined && told.models.length === 0
      ? "which models there are"
      : health === undefined && setup.faults.length > 0
        ? "whether the simulator answers here"
        : undefined;
  const canSend = !talk.isRunning && text.trim() !== "" && (awaited !== undefined || setup.models.length > 0);
  const send = () => {
    if (!canSend) return;
    setWanted(awaited !== undefined);
    if (awaited !== undefined) return;
    isAtEnd.current = true;
    talk.say(setup, system, text);
    setText("");
  };
  const write = (next: string) => {
    setText(next);
    setWanted(false);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once what it waits for is known
  useEffect(() => {
    if (!isWanted || awaited !== undefined) return;
    setWanted(false);
    send();
  }, [isWanted, awaited]);
  return (
    <Page
      title="Playground"
      fill
      actions={
        <>
          <Button onClick={talk.clear} disabled={talk.turns.length === 0}>
            <Trash2 /> Clear
          </Button>
          <Button onClick={() => setCoding(true)} disabled={setup.models.length === 0}>
            <Code2 /> Copy as code
          </Button>
          <Button
            size="icon"
            aria-label={isPanelOpen ? "Hide the options" : "Show the options"}
            title={isPanelOpen ? "Hide the options" : "Show the options"}
            aria-expanded={isPanelOpen}
            onClick={() => change({ panel: isPanelOpen ? "hidden" : undefined })}
          >
            <PanelRight />
          </Button>
        </>
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {error === null && unheard !== null && setup.faults.length > 0 && health === undefined && (
        <Failed error={unheard} retry={() => void hear()} />
      )}
      <div
        className={cn(
          "grid min-h-0 flex-1 gap-4 max-lg:grid-rows-[auto_auto]",
          isPanelOpen && "lg:grid-cols-[minmax(0,1fr)_19rem]",
        )}
      >
        <div className="flex min-h-0 min-w-0 flex-col gap-3 max-lg:min-h-[calc(100dvh-10.75rem)]">
          <section
            ref={conversation}
            onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
              isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
            }}
            aria-label="Conversation"
            className="min-h-0 flex-1 overflow-auto rounded-lg border border-line bg-surface shadow-low"
          >
            <Turns
              models={models?.data}
              chosen={setup.models}
              turns={talk.turns}
              onChoose={(chosen) => adjust({ models: chosen })}
            >
              {models !== undefined && health !== undefined && (
                <Opening
                  setup={setup}
                  models={models.data}
                  isSimulated={isSimulated}
                  onTry={(some, example) => {
                    adjust(some);
                    write(example);
                  }}
                />
              )}
            </Turns>
          </section>
          <Composer
            text={text}
            onText={write}
            faults={setup.faults}
            onFaults={(faults) => adjust({ faults })}
            isRunning={talk.isRunning}
            canSend={canSend}
            awaited={isWanted ? awaited : undefined}
            onSend={send}
            onStop={talk.stop}
          />
        </div>
        {isPanelOpen && (
          <Panel
            setup={setup}
            system={system}
            onSystem={setSystem}
            onChange={adjust}
            models={models?.data ?? []}
            isSimulated={isSimulated}
          />
        )}
      </div>
      {isCoding && (
        <CodeDialog setup={setup} system={system} turns={talk.turns} text={text} onClose={() => setCoding(false)} />
      )}
    </Page>
  );
}

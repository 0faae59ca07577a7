import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { PreviewTab } from "./preview-tab.tsx";
import { RulesTab } from "./rules-tab.tsx";
import { VirtualTab } from "./virtual-tab.tsx";

const TABS = [
  { name: "rules", label: "Rules" },
  { name: "virtual", label: "Virtual models" },
  { name: "preview", label: "Preview" },
] as const;

export default function RoutingPage() {
  const { one, members, change } = useSearchMembers();
  const tab = TABS.find(({ name }) => name === one("tab"))?.name ?? "rules";
  return (
    <Page title="Routing" hint="What may be asked for, what is asked instead, and what would happen to a request now.">
      <Tabs
        label="Where requests are led"
        value={tab}
        tabs={TABS}
        onChange={(next) =>
          change({
            ...Object.fromEntries(Object.keys(members).map((name) => [name, undefined])),
            tab: next === "rules" ? undefined : next,
          })
        }
      >
        {tab === "rules" && <RulesTab />}
        {tab === "virtual" && <VirtualTab />}
        {tab === "preview" && <PreviewTab />}
      </Tabs>
    </Page>
  );
}

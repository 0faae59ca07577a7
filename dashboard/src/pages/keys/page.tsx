import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { EntitiesTab } from "./entities-tab.tsx";
import { KeysTab } from "./keys-tab.tsx";
import { OwnersTab } from "./owners-tab.tsx";
import { TeamsTab } from "./teams-tab.tsx";

const TABS = [
  { name: "keys", label: "Keys" },
  { name: "teams", label: "Teams" },
  { name: "users", label: "End users" },
  { name: "entities", label: "Entities" },
  { name: "tags", label: "Tags" },
] as const;

export default function KeysPage() {
  const { one, members, change } = useSearchMembers();
  const tab = TABS.find(({ name }) => name === one("tab"))?.name ?? "keys";
  return (
    <Page title="Keys & teams" hint="Who may ask, for what, and how much.">
      <Tabs
        label="Keys, teams and whom they ask for"
        value={tab}
        tabs={TABS}
        onChange={(next) =>
          change({
            ...Object.fromEntries(Object.keys(members).map((name) => [name, undefined])),
            tab: next === "keys" ? undefined : next,
          })
        }
      >
        {tab === "keys" && <KeysTab />}
        {tab === "teams" && <TeamsTab />}
        {tab === "users" && <OwnersTab key="user" scope="user" />}
        {tab === "entities" && <EntitiesTab />}
        {tab === "tags" && <OwnersTab key="tag" scope="tag" />}
      </Tabs>
    </Page>
  );
}

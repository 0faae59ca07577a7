import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { AlarmsTab } from "./alarms-tab.tsx";
import { BudgetsTab } from "./budgets-tab.tsx";
import { LimitsTab } from "./limits-tab.tsx";

const TABS = [
  { name: "budgets", label: "Budgets" },
  { name: "limits", label: "Rate limits" },
  { name: "alarms", label: "Alarms" },
] as const;

export default function BudgetsPage() {
  const { one, members, change } = useSearchMembers();
  const tab = TABS.find(({ name }) => name === one("tab"))?.name ?? "budgets";
  return (
    <Page title="Budgets & limits" hint="A budget is money over time, a limit is rate over time.">
      <Tabs
        label="What holds requests back"
        value={tab}
        tabs={TABS}
        onChange={(next) =>
          change({
            ...Object.fromEntries(Object.keys(members).map((name) => [name, undefined])),
            tab: next === "budgets" ? undefined : next,
          })
        }
      >
        {tab === "budgets" && <BudgetsTab />}
        {tab === "limits" && <LimitsTab />}
        {tab === "alarms" && <AlarmsTab />}
      </Tabs>
    </Page>
  );
}

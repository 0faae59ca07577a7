import { Lock } from "lucide-react";
import { useSession } from "../../shell/session.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { AboutTab } from "./about-tab.tsx";
import { AccessTab } from "./access-tab.tsx";
import { AuditTab } from "./audit-tab.tsx";
import { GeneralTab } from "./general-tab.tsx";
import { InForceTab } from "./in-force-tab.tsx";

const TABS = [
  { name: "general", label: "General" },
  { name: "in-force", label: "What is in force" },
  { name: "access", label: "Access" },
  { name: "audit", label: "Audit log" },
  { name: "about", label: "About" },
] as const;

export default function SettingsPage() {
  const { one, members, change } = useSearchMembers();
  const { is_locked: isLocked } = useSession();
  const tab = TABS.find(({ name }) => name === one("tab"))?.name ?? "general";
  return (
    <Page title="Settings" hint="What holds here, where it was told, who may come in, and what was done.">
      {isLocked && (
        <p className="flex items-start gap-2.5 rounded-md bg-warn-soft px-3 py-2.5 text-warn">
          <Lock aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            <strong className="font-semibold">Locked.</strong> The configuration says <code>admin: locked</code>, and
            rules alone: everything can be seen, nothing changed. Signing in and out goes on.
          </span>
        </p>
      )}
      <Tabs
        label="Settings"
        value={tab}
        tabs={TABS}
        onChange={(next) =>
          change({
            ...Object.fromEntries(Object.keys(members).map((name) => [name, undefined])),
            tab: next === "general" ? undefined : next,
          })
        }
      >
        {tab === "general" && <GeneralTab />}
        {tab === "in-force" && <InForceTab />}
        {tab === "access" && <AccessTab />}
        {tab === "audit" && <AuditTab />}
        {tab === "about" && <AboutTab />}
      </Tabs>
    </Page>
  );
}

import { useQuery } from "@tanstack/react-query";
import type { Setting } from "../../../../src/admin/contract.ts";
import { settingsQuery } from "../../api/queries.ts";
import { Badge } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { Code } from "../../ui/copy.tsx";
import { Failed, Skeleton } from "../../ui/state.tsx";
import { Facts } from "./facts.tsx";
import { written } from "./in-force.ts";

const OPTIONS = [
  { path: "title", name: "Called" },
  { path: "issuer", name: "Issuer" },
  { path: "client_id", name: "Client id" },
  { path: "admins", name: "Admins are" },
  { path: "viewers", name: "Viewers are" },
] as const;

/** Whether people of the operator's come in by their own sign-on, and who of them. */
export function SignOnCard() {
  const { data, error, refetch } = useQuery(settingsQuery);
  const of = new Map(data?.settings.map((setting) => [setting.path, setting]));
  const isOn = of.get("dashboard.oidc.issuer")?.is_set === true;
  const redirect = `${of.get("dashboard.url")?.value ?? location.origin}/admin/sign-in/oidc/callback`;
  return (
    <Card
      flush
      title="Single sign-on"
      actions={data !== undefined && <Badge tone={isOn ? "good" : "neutral"}>{isOn ? "on" : "off"}</Badge>}
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      {data === undefined && error === null && <Skeleton className="m-4 h-72" />}
      {data !== undefined && isOn && (
        <Facts
          facts={[
            ...OPTIONS.map(({ path, name }) => ({ name, value: shown(of.get(`dashboard.oidc.${path}`)) })),
            { name: "Redirect address", value: <code className="font-mono text-[12.5px] break-all">{redirect}</code> },
          ]}
        />
      )}
      {data !== undefined && !isOn && (
        <div className="flex flex-col gap-3 p-4 text-muted">
          <p>With OpenID Connect people come in as they do elsewhere. It is told in the configuration:</p>
          <Code text={EXAMPLE} label="Copy the example" />
          <p className="text-[13px]">
            Register this redirect address there:{" "}
            <code className="font-mono text-[12.5px] break-all text-ink">{redirect}</code>
          </p>
        </div>
      )}
    </Card>
  );
}

function shown(setting: Setting | undefined) {
  const text = setting === undefined ? null : written(setting);
  return text === null ? (
    <span className="text-muted">nobody</span>
  ) : (
    <code className="font-mono text-[12.5px] break-all">{text}</code>
  );
}

const EXAMPLE = `dashboard:
  url: ${location.origin}
  oidc:
    issuer: https://login.example.com
    client_id: headgate
    client_secret: \${HEADGATE_OIDC_SECRET}
    admins: [{ claims: { groups: [platform-team] } }]
    viewers: [{ claims: { email: ["*@example.com"] } }]`;

import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { settingsQuery } from "../../api/queries.ts";
import { Card } from "../../ui/card.tsx";
import { Failed } from "../../ui/state.tsx";
import { Facts } from "./facts.tsx";

/** Which Headgate this is, and whose work is in it. */
export function AboutTab() {
  const { data, error, refetch } = useQuery(settingsQuery);
  return (
    <Card title="Headgate" flush className="max-w-xl">
      {error !== null && <Failed error={error} retry={() => void refetch()} className="m-4" />}
      <Facts
        facts={[
          { name: "Version", value: data?.version },
          { name: "Runtime", value: data?.runtime },
          { name: "Licence", value: "Apache-2.0" },
          {
            name: "Licences of what this dashboard is made with",
            value: (
              <a
                href={licences()}
                target="_blank"
                rel="noreferrer noopener license"
                className="inline-flex items-center gap-1 text-accent hover:underline"
              >
                Read them <ExternalLink aria-hidden className="size-3.5" />
              </a>
            ),
          },
        ]}
      />
      <p className="border-t border-line px-4 py-3 text-[13px] text-muted">
        This dashboard loads nothing from anywhere else, and tells nobody anything.
      </p>
    </Card>
  );
}

/** Where they are, as the page itself says (`dashboard/index.html`). */
function licences(): string | undefined {
  return document.querySelector<HTMLLinkElement>('head > link[rel="license"]')?.href;
}

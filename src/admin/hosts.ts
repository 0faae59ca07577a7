import { isIP } from "node:net";
import type { Config } from "../config/schema.ts";

type HostsConfig = Pick<Config, "host" | "admin_hosts"> & {
  readonly dashboard?: { readonly url?: string | undefined };
};

/**
 * Whether the admin API may be called so. A page of somebody else's can make its own name lead here, but it cannot make its
 * visitors' browsers call it an address.
 */
export function hostsOf({ host, admin_hosts, dashboard }: HostsConfig): (field: string) => boolean {
  const own = dashboard?.url === undefined ? [] : [new URL(dashboard.url).hostname];
  const names = new Set(["localhost", host, ...admin_hosts, ...own].map((name) => name.toLowerCase()));
  return (field) => {
    const name = field
      .replace(/:\d+$/, "")
      .replace(/^\[(.*)\]$/, "$1")
      .toLowerCase();
    return names.has(name) || isIP(name) !== 0;
  };
}

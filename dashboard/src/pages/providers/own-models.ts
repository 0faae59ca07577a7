import type { ListedVirtualModel, ToldVirtualModel } from "../../../../src/admin/contract.ts";

/** A model of a server of the operator's own, and by which name it may be asked for. */
export interface OwnModel {
  /** As the server calls it. */
  readonly upstream: string;
  /** The virtual model that it is, or would be. */
  readonly id: string;
  readonly isOffered: boolean;
}

/** The models that a server lists. @param there virtual models that there are already */
export function ownModels(
  provider: string,
  baseUrl: string,
  served: readonly string[],
  there: readonly ListedVirtualModel[],
): OwnModel[] {
  const taken = new Set(there.map(({ id }) => id));
  return served.map((upstream) => {
    const offered = there.find(
      ({ relay }) => relay !== undefined && bare(relay.base_url) === bare(baseUrl) && relay.upstream === upstream,
    );
    if (offered !== undefined) return { upstream, id: offered.id, isOffered: true };
    const id = freeName(`${provider}/${nameIn(upstream)}`, taken);
    taken.add(id);
    return { upstream, id, isOffered: false };
  });
}

/** As `POST /admin/virtual-models` takes it. */
export function offerOf({ id, upstream }: OwnModel, baseUrl: string): ToldVirtualModel {
  return { id, relay: { base_url: bare(baseUrl), upstream } };
}

function bare(url: string): string {
  return url.replace(/\/+$/, "");
}

/** What stands behind the last slash, in the letters that names have. */
function nameIn(upstream: string): string {
  const name = upstream
    .slice(upstream.lastIndexOf("/") + 1)
    .replace(/[^\w.:@-]+/g, "-")
    .slice(0, 100);
  return /^\.*$/.test(name) ? "model" : name;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}-${n}`)) return `${name}-${n}`;
}

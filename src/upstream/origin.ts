/** Where a provider is. A connection goes nowhere else, and a credential is shown to nobody else. */
export interface Origin {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Path before every path of the wire, without a trailing slash. */
  readonly basePath: string;
}

/**
 * Reads a base address from config or catalogue.
 * @throws Error that says what is wrong with it
 */
export function parseOrigin(baseUrl: string): Origin {
  if (!URL.canParse(baseUrl)) throw new Error(`${JSON.stringify(baseUrl)} is not an address`);
  const url = new URL(baseUrl);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new Error(`${JSON.stringify(baseUrl)} must begin with https:// or http://`);
  if (url.username !== "" || url.password !== "")
    throw new Error("a base address must not hold a password; use api_key");
  if (url.search !== "" || url.hash !== "") throw new Error("a base address must not hold a query or fragment");
  const tls = url.protocol === "https:";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
    basePath: url.pathname.replace(/(?<!\/)\/+$/, ""),
  };
}

/** The `host` header. */
export function authority({ host, port, tls }: Origin): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (tls ? 443 : 80) ? name : `${name}:${port}`;
}

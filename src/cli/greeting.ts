/** What there is to say at start. */
export interface GreetingFacts {
  url: string;
  /** Where people's browsers reach the dashboard, without a slash at its end, where that is another address. */
  dashboard?: string | undefined;
  /** The configuration that was read. */
  file: string | undefined;
  /** Secrets that are shown this once. */
  fresh: { readonly key: string; readonly adminToken: string | undefined; readonly link: string } | undefined;
  /** Where they lie instead, when nobody is watching. */
  keptIn?: string;
  /** Who asked for the simulator: nobody has a credential, or the operator wanted it. */
  simulated: "for-want-of-credentials" | "on-request" | undefined;
  /** A model that would be served now. */
  model: string;
  /** Providers that can be asked. */
  providers: readonly string[];
  /** Where what must last is kept: the folder of a SQLite file, or, with others, the place of a PostgreSQL database. */
  kept: { readonly engine: "sqlite" | "postgres"; readonly at: string };
  /** Where Redis is, if it is to be anywhere. */
  redis: string | undefined;
}

/** The lines that a gateway prints at start. */
export function greeting({
  url,
  dashboard = url,
  file,
  fresh,
  keptIn,
  simulated,
  model,
  providers,
  kept,
  redis,
}: GreetingFacts): string {
  const lines = ["", `Headgate listens on ${url}${file === undefined ? "" : ` (configuration: ${file})`}`, ""];
  if (simulated === "on-request") {
    lines.push("  Answers come from the built-in SIMULATOR, as you asked, and say so.", "");
  } else if (simulated !== undefined) {
    lines.push(
      "  No provider has a credential: answers come from the built-in SIMULATOR and say so.",
      "  Set OPENAI_API_KEY, ANTHROPIC_API_KEY, … and start again to talk to the real ones.",
      "",
    );
  } else if (providers.length === 0) {
    lines.push(
      "  No provider has a credential: every request will be refused. Set OPENAI_API_KEY, ANTHROPIC_API_KEY, …",
      "",
    );
  } else lines.push(`  Providers: ${[...providers].sort().join(", ")}`, "");
  lines.push(...common(kept, redis), "");
  if (fresh !== undefined)
    lines.push(
      "  Dashboard (this link signs you in once, within a day):",
      `    ${dashboard}/#sign-in=${fresh.link}`,
      "",
    );
  else if (keptIn === undefined) lines.push(`  Dashboard: ${dashboard}/ (to sign in: headgate link)`, "");
  if (keptIn !== undefined)
    lines.push(
      `  Your key, the admin token, a link to the dashboard and a line to try are in ${keptIn} (only you can read it).`,
      "",
    );
  if (fresh !== undefined) {
    lines.push("  Your key (shown this once):", `    ${fresh.key}`, "");
    if (fresh.adminToken !== undefined)
      lines.push("  Your admin token (shown this once):", `    ${fresh.adminToken}`, "");
    lines.push("  Try it:", "", curl(url, fresh.key, model), "");
  }
  return `${lines.join("\n")}\n`;
}

/** With whom it has what in common. */
function common({ engine, at }: GreetingFacts["kept"], redis: string | undefined): string[] {
  const told = redis === undefined ? "" : `; who fails is told by Redis at ${redis}`;
  if (engine === "sqlite") return [`  Keeps its records in SQLite, ${at}, by itself${told}.`];
  return [`  Keeps its records in PostgreSQL, ${at}, with all gateways that use it${told}.`];
}

function curl(url: string, key: string, model: string): string {
  return [
    `    curl -N ${url}/v1/chat/completions \\`,
    `      -H "Authorization: Bearer ${key}" \\`,
    '      -H "Content-Type: application/json" \\',
    `      -d '{"model": "${model}", "stream": true, "messages": [{"role": "user", "content": "Hello!"}]}'`,
  ].join("\n");
}

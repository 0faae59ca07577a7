import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Whose work is in the files though no script imports it: its style sheet, its letters. */
const BESIDE = ["tailwindcss", "@fontsource-variable/inter"];
const NOTICE = /^(licen[cs]e|copying|notice)/i;

/** What is made of the inputs of a bundle, as Bun tells it. */
export interface Bundled {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/**
 * The licences of every package of which something is in the bundle, one text after the other; those whose texts are the same stand together.
 * @param folder the one that holds `node_modules` @throws Error for a package without a licence
 */
export async function licencesOf({ outputs }: Bundled, folder: string): Promise<string> {
  const names = new Set(BESIDE);
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput: size }] of Object.entries(inputs)) {
      const name = packageIn(path);
      if (name !== undefined && size > 0) names.add(name);
    }
  const byText = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const { title, text } = await licenceOf(name, folder);
    byText.set(text, [...(byText.get(text) ?? []), title]);
  }
  return [...byText].map(([text, titles]) => `${titles.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(72)}\n\n`);
}

/** The package that a file is of; `undefined` for our own. */
function packageIn(path: string): string | undefined {
  return /.*(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

async function licenceOf(name: string, folder: string): Promise<{ title: string; text: string }> {
  const home = join(folder, "node_modules", name);
  const { version, license, author } = (await Bun.file(join(home, "package.json")).json()) as {
    version: string;
    license?: string;
    author?: string | { name: string };
  };
  const notices = (await readdir(home)).filter((file) => NOTICE.test(file)).sort();
  const texts = await Promise.all(notices.map((file) => Bun.file(join(home, file)).text()));
  const whose = typeof author === "object" ? author.name : author;
  if (license === undefined && texts.length === 0) throw new Error(`${name} has no licence`);
  const text =
    texts.length > 0 ? texts.map((one) => one.trim()).join("\n\n") : `${license}${whose ? `, by ${whose}` : ""}`;
  return { title: `${name} ${version} (${license ?? "see below"})`, text };
}

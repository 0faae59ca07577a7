/**
 * Builds the dashboard into `dist/dashboard/`: `index.html`, and under `assets/` what it loads, each by a name that has its content's hash
 * in it and with a `.br` and a `.gz` beside it. Nothing is loaded from elsewhere, and nothing stands inline: the pages are served with a strict policy.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { compile } from "tailwindcss";
import { licencesOf } from "./licences.ts";

const HERE = import.meta.dir;
const SOURCE = join(HERE, "src");
const TARGET = join(HERE, "..", "dist", "dashboard");
/** Whatever could be the name of a class: Tailwind leaves out what is none of its own. */
const CANDIDATES = /[^\s"'`<>;{}]+/g;

/** Of the faces that the package has, the one with the letters of western languages: a twelfth of all. */
const FONT = Bun.resolveSync("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", HERE);

export async function build(target = TARGET): Promise<void> {
  // Others may be serving what is there: it is exchanged when all is ready.
  const fresh = `${target}.${process.pid}`;
  const assets = join(fresh, "assets");
  await rm(fresh, { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  const [{ licences, ...scripts }, font, icon] = await Promise.all([
    bundle(assets),
    put(assets, "inter.woff2", await Bun.file(FONT).bytes()),
    put(assets, "icon.svg", await Bun.file(join(HERE, "icon.svg")).bytes()),
  ]);
  const styles = await put(assets, "styles.css", new TextEncoder().encode(await stylesheet(font)));
  const page = await Bun.file(join(HERE, "index.html")).text();
  const words = await put(assets, "licences.txt", new TextEncoder().encode(licences));
  const names: Record<string, string> = { ...scripts, styles, icon, licences: words };
  const filled = page.replace(/\{(\w+)\}/g, (_, name: string) => `/assets/${names[name]}`);
  await Bun.write(join(fresh, "index.html"), filled);
  for (const name of await readdir(assets)) await compress(join(assets, name));
  await compress(join(fresh, "index.html"));
  await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
}

/** @returns the names of the entries, and the licences of what they are made of */
async function bundle(outdir: string): Promise<{ main: string; theme: string; licences: string }> {
  const { outputs, metafile } = await Bun.build({
    entrypoints: [join(SOURCE, "main.tsx"), join(SOURCE, "theme.ts")],
    outdir,
    target: "browser",
    splitting: true,
    minify: true,
    metafile: true,
    naming: "[name]-[hash].[ext]",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const entry = (name: string) =>
    basename(outputs.find((one) => one.kind === "entry-point" && basename(one.path).startsWith(`${name}-`))!.path);
  return { main: entry("main"), theme: entry("theme"), licences: await licencesOf(metafile!, join(HERE, "..")) };
}

async function stylesheet(font: string): Promise<string> {
  const loadStylesheet = async (id: string, base: string) => {
    const path = Bun.resolveSync(id === "tailwindcss" ? "tailwindcss/index.css" : id, base);
    return { path, base, content: await Bun.file(path).text() };
  };
  const { build: write } = await compile(await Bun.file(join(SOURCE, "styles.css")).text(), {
    base: SOURCE,
    loadStylesheet,
  });
  const found = new Set<string>();
  for await (const path of new Bun.Glob("**/*.{ts,tsx}").scan(SOURCE))
    for (const [word] of (await Bun.file(join(SOURCE, path)).text()).matchAll(CANDIDATES)) found.add(word);
  const face = `@font-face{font-family:Inter;font-weight:100 900;font-display:block;src:url(/assets/${font}) format("woff2")}`;
  return face + write([...found]).replace(/\n\s*/g, "\n");
}

/** @returns its name, with the hash of its content */
async function put(folder: string, name: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const [stem, extension] = name.split(".");
  const named = `${stem}-${Bun.hash(content).toString(36).slice(0, 8)}.${extension}`;
  await Bun.write(join(folder, named), content);
  return named;
}

/** A font is packed already. */
async function compress(path: string): Promise<void> {
  if (path.endsWith(".woff2")) return;
  const content = await Bun.file(path).bytes();
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await Bun.write(`${path}.br`, brotliCompressSync(content, { params }));
  await Bun.write(`${path}.gz`, gzipSync(content, { level: 9 }));
}

if (import.meta.main) await build(process.argv[2]);

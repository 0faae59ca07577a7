import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDashboardPath } from "./pages.ts";
import { goesThere, plainPage, SAFE } from "./plain-page.ts";
import { isAstray } from "./surface.ts";

/** A clone and a package have its files in a folder that `dashboard/build.ts` fills; a compiled program has them in itself. */
export const DASHBOARD_FOLDER = import.meta.url.includes("/$bunfs/")
  ? join(import.meta.dir, "dashboard")
  : join(import.meta.dir, "../../dist/dashboard");

export interface PageRequest {
  readonly id: string;
  readonly path: string;
  readonly request: Request;
  /** Where its files are. */
  readonly folder: string;
  /** Whether the dashboard may be called so. */
  isHost(field: string): boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

const NO_PAGE = {
  status: 404,
  title: "There is no such page",
  text: "Nothing stands at this address. The API for programs begins with /v1.",
  to: ["/", "To the dashboard"],
} as const;

/** One name, without a slash in it, that does not begin with a dot. */
const ASSET = /^\/assets\/(\w[\w-]*(?:\.\w+)*\.(\w+))$/;
const PACKED = [
  ["br", "br"],
  ["gzip", "gz"],
] as const;

/**
 * The dashboard's answer to a request: its page, something that the page loads, or that there is no such page; `undefined` where the path is none of its own, or whoever asks
 * wants no page. Files go out as they lie there; nothing of them stays in memory.
 */
export function dashboardReply({ id, path, request, folder, isHost }: PageRequest): Response | undefined {
  const { method, headers } = request;
  if (method !== "GET" && method !== "HEAD") return undefined;
  const asset = ASSET.exec(path);
  const told = { ...SAFE, "x-request-id": id, "request-id": id };
  const isOurs = isHost(headers.get("host") ?? "");
  if (asset === null && !(isDashboardPath(path) && wantsPage(headers.get("accept"), path)))
    return isOurs && goesThere(request) && isAstray(path) ? plainPage(folder, NO_PAGE, told) : undefined;
  if (!isOurs)
    return words(
      400,
      "The dashboard is not called so: use localhost or an address, or list the name in admin_hosts.",
      told,
    );
  if (asset === null) return pageIn(folder, headers, told);
  const [, name = "", extension = ""] = asset;
  const type = TYPES[extension];
  const file = join(folder, "assets", name);
  if (type === undefined || !existsSync(file)) return words(404, "There is no such file.", told);
  const packed = packedOf(file, headers);
  return new Response(Bun.file(packed?.file ?? file), {
    headers: {
      ...told,
      ...fieldsOf(packed),
      "content-type": type,
      // Its name has the hash of what is in it.
      "cache-control": "public, max-age=31536000, immutable",
    },
  });
}

function pageIn(folder: string, headers: Headers, told: Record<string, string>): Response {
  const file = join(folder, "index.html");
  if (!existsSync(file))
    return words(
      503,
      "The dashboard is not built. In a clone: npm install, then npm run dashboard. The gateway does all else without it.",
      told,
    );
  const packed = packedOf(file, headers);
  const content = readFileSync(packed?.file ?? file);
  const etag = `"${Bun.hash(content).toString(36)}"`;
  // The same page may be another after an upgrade: it is asked for each time, and told again where it is.
  const fields = { ...told, ...fieldsOf(packed), etag, "cache-control": "no-cache" };
  const isKnown = (headers.get("if-none-match") ?? "")
    .split(",")
    .some((one) => one.trim().replace(/^W\//, "") === etag);
  if (isKnown) return new Response(null, { status: 304, headers: fields });
  return new Response(content, { headers: { ...fields, "content-type": "text/html; charset=utf-8" } });
}

/** A browser that goes somewhere says that it takes HTML. Of whoever takes anything the address alone is enough, and no other path: it may be a client that errs. */
function wantsPage(accept: string | null, path: string): boolean {
  if (accept === null) return path === "/";
  return /\btext\/html\b/i.test(accept) || (path === "/" && /(^|[\s,])\*\/\*/.test(accept));
}

/** The file as it is packed for who takes that. */
function packedOf(file: string, headers: Headers): { file: string; coding: string } | undefined {
  const taken = (headers.get("accept-encoding") ?? "").toLowerCase().split(",").map(codingOf);
  const found = PACKED.find(([coding, extension]) => taken.includes(coding) && existsSync(`${file}.${extension}`));
  return found === undefined ? undefined : { coding: found[0], file: `${file}.${found[1]}` };
}

/** What is taken, of one part of the field; `undefined` where it says that it is not. */
function codingOf(part: string): string | undefined {
  const [name, ...more] = part.split(";").map((one) => one.trim());
  return more.some((one) => /^q=0(\.0*)?$/.test(one)) ? undefined : name;
}

function fieldsOf(packed: { coding: string } | undefined): Record<string, string> {
  return { vary: "accept-encoding", ...(packed === undefined ? {} : { "content-encoding": packed.coding }) };
}

function words(status: number, text: string, told: Record<string, string>): Response {
  const headers = { ...told, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return new Response(`${text}\n`, { status, headers });
}

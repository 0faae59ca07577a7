import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { networkInterfaces } from "node:os";
import { GatewayError } from "../../src/core/error.ts";
import { isPublicAddress } from "../../src/upstream/address.ts";
import { fetchFile, type Network } from "../../src/upstream/remote-file.ts";
import { tell } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

/** Whether this machine has IPv6 at all. */
const SIX = Object.values(networkInterfaces()).some((all = []) => all.some(({ address }) => address === "::1"));

/** Listens at every address of this machine, and is never to be reached. */
let reached = 0;
let trap: Bun.TCPSocketListener;
let provider: Bun.Server<undefined>;
let asked = 0;
let gateway: RunningGateway;
let forms: string[] = [];
beforeAll(async () => {
  trap = Bun.listen({
    hostname: SIX ? "::" : "0.0.0.0",
    port: 0,
    socket: {
      open(socket) {
        reached++;
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret");
      },
      data() {},
    },
  });
  provider = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      asked++;
      return Response.json({}, { status: 400 });
    },
  });
  forms = [...new Set(formsOf(trap.port))];
  const bedrock = { access_key_id: "AKIA1", secret_access_key: "s", base_url: `http://127.0.0.1:${provider.port}` };
  gateway = await startGateway({ config: { providers: { bedrock } } });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop(true);
  trap.stop(true);
});

/** Names of what no client may make us reach, in all the ways in which parsers have read them. */
const INSIDE = [
  ...["127.0.0.1", "127.1", "127.0.1", "127.0.0.2", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1"],
  ...["0x7f.1", "017700000001", "0177.0.0.1", "0177.1", "127.0.0.0x1", "127.0.0.01", "127.0.0.1.", "127.0x0.00.1"],
  ...["１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "localhost", "LOCALHOST", "localhost."],
  ...["ｌｏｃａｌｈｏｓｔ", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%6cocalhost", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "0", "0.0.0.0", "0x0"],
  ...["00.0", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
  ...["[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"],
  ...["[fe80::1]", "[fe80::1%25lo]", "[fd00::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "10.0.0.1", "0x0a.1"],
  ...["172.16.0.1", "172.31.255.254", "192.168.0.1", "100.64.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166"],
  ...["0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "192.0.0.192"],
  ...["198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
  ...Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map(({ address, family }) => (family === "IPv6" ? `[${address.replace(/%.*/, "")}]` : address)),
  ),
];

function formsOf(port: number): string[] {
  const here = `127.0.0.1:${port}`;
  return [
    ...INSIDE.flatMap((host) => [`http://${host}:${port}/a.png`, `https://${host}:${port}/a.png`]),
    ...[`HTTP://${here}/`, `http:${here}/`, `http:/${here}/`, `http:///${here}/`, `http:\\\\${here}\\a`],
    ...[` http://${here}/`, `http://${here}/\n`, `ht\ntp://${here}/`, `http://\t${here}/`, `http://${here}#@1.1.1.1/`],
    ...[`http://${here}\\@1.1.1.1/`, `http://1.1.1.1@${here}/`, `http://u:p@${here}/`, `http://${here}/?u=https://a.b`],
    ...[`http://127.0.0.1:0${port}/`, `http://${here}/../%2e%2e/a`, `http://@${here}/`, `http://:@${here}/`],
    ...["file:///etc/passwd", "file://localhost/etc/passwd", "FILE:/etc/passwd", `ftp://${here}/`, `ws://${here}/`],
    ...[`gopher://${here}/_GET`, `dict://${here}/`, `ldap://${here}/`, `wss://${here}/`, `blob:http://${here}/a`],
    ...[`jar:http://${here}/a!/`, `view-source:http://${here}/`, "javascript:1", "unix:/var/run/docker.sock"],
    ...[
      `//${here}/a`,
      `${here}/a.png`,
      "/etc/passwd",
      "\\\\127.0.0.1\\share",
      `http+unix://${here}/`,
      "http://",
      "http",
    ],
  ];
}

/** Wherever a client can name a file that this model's wire must have as a file. */
const FIELDS: Record<string, (url: string) => [path: string, body: object]> = {
  "chat: a picture": (url) => chat({ type: "image_url", image_url: { url } }),
  "chat: a picture, in short": (url) => chat({ type: "image_url", image_url: url }),
  "chat: a file": (url) => chat({ type: "file", file: { file_data: url, filename: "a.pdf" } }),
  "messages: a picture": (url) => messages({ type: "image", source: { type: "url", url } }),
  "messages: a document": (url) => messages({ type: "document", source: { type: "url", url } }),
  "messages: a picture in a result": (url) => [
    "/v1/messages",
    {
      model: MODEL,
      max_tokens: 9,
      tools: [{ name: "f", input_schema: { type: "object" } }],
      messages: [
        { role: "user", content: "Look" },
        { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: {} }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "c1", content: [{ type: "image", source: { type: "url", url } }] },
          ],
        },
      ],
    },
  ],
  "responses: a picture": (url) => responses({ type: "input_image", image_url: url }),
  "responses: a file": (url) => responses({ type: "input_file", file_url: url, filename: "a.pdf" }),
};
const MODEL = "amazon/nova-pro";
const chat = (part: object): [string, object] => [
  "/v1/chat/completions",
  { model: MODEL, messages: [{ role: "user", content: [part] }] },
];
const messages = (part: object): [string, object] => [
  "/v1/messages",
  { model: MODEL, max_tokens: 9, messages: [{ role: "user", content: [part] }] },
];
const responses = (part: object): [string, object] => [
  "/v1/responses",
  { model: MODEL, input: [{ role: "user", content: [part] }] },
];

/** Requests that were refused, by what said no. */
const refused = new Map<string, number>();

async function mustBeRefused(what: string, path: string, body: object): Promise<string> {
  const reply = await gateway.post(path, body);
  const text = await reply.text();
  const told = `${what}: ${reply.status} ${text.slice(0, 300)}`;
  if (reply.status !== 400) throw new Error(told);
  refused.set(what, (refused.get(what) ?? 0) + 1);
  return JSON.parse(text).error.message;
}

/** Runs this many at once. */
async function each<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += 20) await Promise.all(all.slice(at, at + 20).map(run));
}

test("the trap is there, by every address of this machine", async () => {
  expect(forms.length).toBeGreaterThanOrEqual(150);
  const before = reached;
  const hosts = ["127.0.0.1", "127.0.0.2", ...(SIX ? ["[::1]"] : [])];
  for (const host of hosts) expect(await (await fetch(`http://${host}:${trap.port}/`)).text()).toBe("secret");
  expect(reached - before).toBe(hosts.length);
  reached = 0;
});

describe("a file by an address inside", () => {
  test.each(Object.entries(FIELDS))(
    "%s",
    async (what, bodyOf) => {
      // It would have been fetched, for all that the form of the request says.
      const plain = await mustBeRefused(what, ...bodyOf(`http://127.0.0.1:${trap.port}/a.png`));
      expect(plain).toContain("not on the public internet");
      await each(forms, (form) => mustBeRefused(what, ...bodyOf(form)));
      expect([reached, asked]).toEqual([0, 0]);
    },
    30_000,
  );
});

describe("an address of a provider, of a client's choosing", () => {
  const good = { model: MODEL, messages: [{ role: "user", content: "Hello" }] };
  const NAMES = ["base_url", "baseUrl", "baseURL", "api_base", "apiBase"];

  test.each(NAMES)("%s", async (name) => {
    await each(forms, (form) => mustBeRefused(name, "/v1/chat/completions", { ...good, [name]: form }));
    await each(forms, (form) =>
      mustBeRefused(name, "/v1/messages", { ...good, max_tokens: 9, providerOptions: { bedrock: { [name]: form } } }),
    );
    await each(forms, (form) => {
      const byok = { openai: [{ apiKey: "sk-client", [name]: form }] };
      return mustBeRefused(name, "/v1/chat/completions", { ...good, providerOptions: { gateway: { byok } } });
    });
    expect([reached, asked]).toEqual([0, 0]);
  });

  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const PEM = privateKey.export({ type: "pkcs8", format: "pem" });
  const PARTS: Record<string, (form: string) => object> = {
    resourceName: (resourceName) => ({ azure: [{ apiKey: "k", resourceName }] }),
    location: (location) => ({
      vertex: [{ project: "p", location, googleCredentials: { privateKey: PEM, clientEmail: "a@b" } }],
    }),
    project: (project) => ({
      vertex: [{ project, location: "us-central1", googleCredentials: { privateKey: PEM, clientEmail: "a@b" } }],
    }),
    region: (region) => ({ bedrock: [{ accessKeyId: "a", secretAccessKey: "s", region }] }),
  };

  test.each(Object.entries(PARTS))("as the %s of an account", async (part, byokOf) => {
    // A plain word is a name, whatever it says elsewhere.
    const hosts = [...forms, ...INSIDE, "a.b", "a/b", "a@b", "a#", "a?", ""].filter(
      (host) => !/^[a-z0-9-]+$/.test(host),
    );
    await each(hosts, async (form) => {
      const gateway = { byok: byokOf(form) };
      const told = await mustBeRefused(part, "/v1/chat/completions", { ...good, providerOptions: { gateway } });
      expect(told).toContain(part);
    });
    expect([reached, asked]).toEqual([0, 0]);
  });
});

describe("where an allowed address leads to", () => {
  const LIMITS = { bytes: 1000, milliseconds: 5000 };
  const outside = "127.0.0.3";

  test("by redirects, at whatever hop, nobody inside is asked", async () => {
    let location = "";
    const server = Bun.serve({
      port: 0,
      hostname: outside,
      fetch(request) {
        const left = Number(new URL(request.url).pathname.slice(1));
        const next = left === 0 ? location : `/${left - 1}`;
        return new Response(null, { status: 302, headers: { location: next } });
      },
    });
    const network: Network = {
      resolve: async (host) =>
        host === "outside.example" ? [outside] : (await Bun.dns.lookup(host)).map(({ address }) => address),
      isAllowed: (ip) => ip === outside || isPublicAddress(ip),
    };
    // As a header, a location is one line of bytes, and what is no address of its own is a path of the same server.
    const led = forms.filter((form) => /^[\x21-\x7e]+$/.test(form) && /^(\w+:\/\/[^/]|\/\/)/.test(form));
    expect(led.length).toBeGreaterThan(120);
    for (const hop of [0, 1, 2])
      for (const form of led) {
        location = form;
        const thrown = await fetchFile(`http://outside.example:${server.port}/${hop}`, LIMITS, network).catch(String);
        expect([form, thrown]).toEqual([form, expect.stringContaining("cannot be fetched")]);
      }
    await server.stop(true);
    expect(reached).toBe(0);
    refused.set("redirects", 3 * led.length);
  }, 30_000);

  test("by a name that means something else a moment later, nobody inside is asked", async () => {
    const server = Bun.serve({ port: 0, hostname: outside, fetch: () => new Response("the file") });
    for (let i = 0; i < 50; i++) {
      let times = 0;
      const network: Network = {
        // The server listens at one address alone, the trap at all of them.
        resolve: async () => [times++ === 0 ? outside : "127.0.0.1"],
        isAllowed: (ip) => ip === outside,
      };
      const file = await fetchFile(`http://rebinding.example:${server.port}/`, LIMITS, network);
      expect([file.from, times]).toEqual(["data", 1]);
      const late: Network = { ...network, resolve: async () => ["127.0.0.1"] };
      const thrown = await fetchFile(`http://rebinding.example:${trap.port}/`, LIMITS, late).catch((error) => error);
      expect(thrown).toBeInstanceOf(GatewayError);
    }
    await server.stop(true);
    expect(reached).toBe(0);
  });
});

test("in all, none of them was connected to", () => {
  const row = "H11";
  tell({ row, what: "forms of addresses", value: forms.length });
  tell({ row, what: "requests with one, by every field", value: [...refused.values()].reduce((a, b) => a + b, 0) });
  tell({ row, what: "connections to what is inside", value: reached + asked, atMost: 0 });
  expect([reached, asked]).toEqual([0, 0]);
  expect(refused.size).toBeGreaterThanOrEqual(Object.keys(FIELDS).length + 10);
});

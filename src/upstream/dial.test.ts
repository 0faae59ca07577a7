import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closedPort, type DeafPort, deafPort } from "../../test/faults/ports.ts";
import type { Credential } from "./credentials.ts";
import { ask, Client, credentialFor, failure, SECRET, settled } from "./fixtures/exchange.ts";
import { type NameServer, startNameServer } from "./fixtures/name-server.ts";
import { type RawServer, type RawServerOptions, sized, startRawServer } from "./fixtures/raw-server.ts";

let nameServer: NameServer;
let deaf: DeafPort;
let servers: RawServer[];
let credential: Credential;

beforeAll(async () => {
  nameServer = await startNameServer();
  deaf = await deafPort();
});
afterAll(() => {
  nameServer.stop();
  deaf.stop();
});
beforeEach(async () => {
  servers = [];
  // What the last test closed is closed.
  await settled();
});
afterEach(() => {
  credential.pool.close();
  for (const server of servers) server.stop();
});

let named = 0;

/** A name that no test has used, of these addresses. */
function name(addresses: readonly string[], ttl = 300): string {
  const host = `d${named++}.test`;
  nameServer.names.set(host, { addresses, ttl });
  return host;
}

/** Asks a provider at this name. */
function at(host: string, port: number): Credential {
  credential = credentialFor(`http://${host}:${port}`);
  return credential;
}

const well: RawServerOptions = { answer: (line) => line.send(sized("{}")) };

/** A provider at an address of this machine. */
function provider(options: RawServerOptions = {}): RawServer {
  const server = startRawServer({ ...well, ...options });
  servers.push(server);
  return server;
}

describe("a provider's name", () => {
  test("is looked up for the first connection, and for none that is kept or made soon after", async () => {
    const { port } = provider();
    const host = name(["127.0.0.1"]);
    at(host, port);
    for (let i = 0; i < 3; i++) expect((await ask(credential)).whole).toBe("{}");
    await Promise.all([ask(credential), ask(credential), ask(credential)]);
    expect(nameServer.asked(host)).toBe(1);
    expect(credential.pool.size).toBe(3);
  });

  test("stands in the request, wherever it leads", async () => {
    const heads: string[] = [];
    const { port } = provider({
      answer(line, { head }) {
        heads.push(head);
        line.send(sized("{}"));
      },
    });
    const host = name(["127.0.0.1"]);
    await ask(at(host, port));
    expect(heads[0]).toContain(`host: ${host}:${port}\r\n`);
  });

  test.each([
    ["nobody has", "nobody", "DNS_ENOTFOUND"],
    ["has no address", { addresses: [], ttl: 300 }, "DNS_E"],
  ] as const)("that %s is an unreachable provider, and says so", async (_, said, code) => {
    const host = name([]);
    nameServer.names.set(host, said);
    const error = await failure(ask(at(host, 80)));
    expect(error.code).toBe("upstream_unreachable");
    expect(error.message).toStartWith(`No connection to the provider: its name could not be resolved (${code}`);
    expect(credential.pool.size).toBe(0);
  });

  test("that nobody answers for runs into the clock of connecting, and holds up no other", async () => {
    const { port } = provider();
    const silent = name([]);
    nameServer.names.set(silent, "silence");
    const pool = credentialFor(`http://${silent}:${port}`);
    const late = Array.from({ length: 20 }, () => failure(ask(pool, { clocks: { connect: 300 } })));
    expect((await ask(at(name(["127.0.0.1"]), port))).whole).toBe("{}");
    for (const error of await Promise.all(late)) expect(error.code).toBe("upstream_connect_timeout");
    expect(nameServer.asked(silent)).toBe(1);
    expect(pool.pool.size).toBe(0);
  });

  test("may be found after the client has left: nothing is connected to", async () => {
    const server = provider();
    const client = new Client();
    const host = name(["127.0.0.1"]);
    const left = failure(ask(at(host, server.port), { client }));
    client.leave();
    expect((await left).code).toBe("client_closed");
    // Found by now, for this one had to be found too.
    await ask(credential);
    await settled();
    expect(server.lines).toHaveLength(1);
    expect(nameServer.asked(host)).toBe(1);
  });
});

describe("of several addresses", () => {
  test("one that refuses is passed over at once", async () => {
    const server = provider({ hostname: "127.0.0.2" });
    at(name(["127.0.0.1", "127.0.0.2"]), server.port);
    const seen = Promise.all([ask(credential), ask(credential)]);
    for (const { whole } of await seen) expect(whole).toBe("{}");
    expect(server.lines).toHaveLength(2);
  });

  test("one that is silent is called beside the next, and nobody waits for it again", async () => {
    const server = startRawServer({ ...well, hostname: "127.0.0.2", port: deaf.port });
    servers.push(server);
    at(name(["127.0.0.1", "127.0.0.2"]), deaf.port);
    const before = callsTo(deaf.port);
    expect((await ask(credential)).whole).toBe("{}");
    // The call that goes on.
    expect(callsTo(deaf.port)).toBe(before + 1);
    // Two at a time: one of them needs a new connection.
    await Promise.all([ask(credential), ask(credential)]);
    expect(callsTo(deaf.port)).toBe(before + 1);
    expect(server.lines).toHaveLength(2);
  });

  test("none that answers: unreachable, as the last of them says", async () => {
    const error = await failure(ask(at(name(["127.0.0.1", "127.0.0.2"]), closedPort())));
    expect(error.code).toBe("upstream_unreachable");
    expect(error.message).toBe("No connection to the provider (ECONNREFUSED).");
    expect(credential.pool.size).toBe(0);
  });
});

test("who is never answered is called in vain only so often: from then on it fails at once", async () => {
  const own = await deafPort();
  credential = credentialFor(`http://127.0.0.1:${own.port}`);
  const callAll = (count: number) =>
    Promise.all(Array.from({ length: count }, () => failure(ask(credential, { clocks: { connect: 50 } }))));
  expect(new Set((await callAll(64)).map(({ code }) => code))).toEqual(new Set(["upstream_connect_timeout"]));
  expect(callsTo(own.port)).toBe(64);
  const after = await callAll(50);
  const refused = after.filter(({ code }) => code === "upstream_unreachable");
  // Now and then one is still made, to find out.
  expect(refused.length).toBeGreaterThanOrEqual(49);
  expect(refused[0]!.message).toContain("64 earlier ones are still being made, in vain");
  expect(callsTo(own.port)).toBe(64 + 50 - refused.length);
  expect(credential.pool.size).toBe(0);
  own.stop();
  // The kernel hears that nobody is there, and lets go of all of them: it is an address like any other then.
  while (!(await callAll(1))[0]!.message.includes("ECONNREFUSED")) await Bun.sleep(20);
  while (callsTo(own.port) > 0) await Bun.sleep(20);
}, 60_000);

/** Connections to a port that are being made: with SYN sent, in the kernel's words. */
function callsTo(port: number): number {
  const to = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 02`;
  return readFileSync("/proc/self/net/tcp", "latin1").split(to).length - 1;
}

describe("over TLS", () => {
  const TLS = join(import.meta.dir, "fixtures", "tls");
  const secure = (certificate: string) =>
    provider({ tls: { key: join(TLS, `${certificate}.key`), cert: join(TLS, `${certificate}.pem`) } });

  /** Asks from a process of its own, which alone can be told of another authority. */
  async function askFromOutside(url: string): Promise<{ whole?: string; code?: string; message?: string }> {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "fixtures", "tls-client.ts")], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(TLS, "ca.pem") },
      stdin: new Blob([JSON.stringify({ url, count: 1, bytes: 0, nameServer: nameServer.address })]),
      stdout: "pipe",
      stderr: "inherit",
    });
    const told = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    expect(told).not.toContain(SECRET);
    return JSON.parse(told)[0];
  }

  test("the certificate is for the name, not for the address it leads to", async () => {
    nameServer.names.set("elsewhere.test", { addresses: ["127.0.0.1"], ttl: 300 });
    const { port } = secure("wrong-name");
    expect((await askFromOutside(`https://elsewhere.test:${port}`)).whole).toBe("{}");
  });

  test("one that is for the address alone does not hold, and sees nothing of the request", async () => {
    const server = secure("good");
    const told = await askFromOutside(`https://${name(["127.0.0.1"])}:${server.port}`);
    expect(told).toMatchObject({ code: "upstream_tls" });
    expect(told.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    await settled();
    expect(server.lines.reduce((sum, { received }) => sum + received, 0)).toBe(0);
  });
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NameServers } from "./name-servers.ts";

let folder: string;
let path: string;
let used: string[][];
let seconds = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-names-"));
  path = join(folder, "resolv.conf");
  used = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the file, some time after the last. */
function write(text: string): void {
  writeFileSync(path, text);
  seconds += 10;
  utimesSync(path, seconds, seconds);
}

const follower = () => new NameServers(path, (servers) => used.push(servers));

test("name servers that are told anew are asked from then on, once", () => {
  write("nameserver 192.0.2.1\n");
  const servers = follower();
  servers.follow();
  expect(used).toEqual([]);
  write(
    "# of a VPN\nsearch example.test\nnameserver 192.0.2.2\n  nameserver 2001:db8::1\noptions ndots:1\n#nameserver 192.0.2.3\n",
  );
  servers.follow();
  servers.follow();
  expect(used).toEqual([["192.0.2.2", "2001:db8::1"]]);
});

test("a file that says nothing of them, or is gone, changes nothing; one that comes later does", () => {
  const servers = follower();
  servers.follow();
  write("search example.test\n");
  servers.follow();
  expect(used).toEqual([]);
  write("nameserver 192.0.2.4");
  servers.follow();
  rmSync(path);
  servers.follow();
  expect(used).toEqual([["192.0.2.4"]]);
});

test("those that cannot be used leave the ones from before", () => {
  write("nameserver 192.0.2.1");
  const servers = new NameServers(path, (said) => {
    used.push(said);
    throw new Error("not an address");
  });
  write("nameserver nonsense");
  servers.follow();
  expect(used).toEqual([["nonsense"]]);
});

import { describe, expect, test } from "bun:test";
import { isPublicAddress } from "./address.ts";

describe("addresses that everybody can reach are public", () => {
  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "223.255.255.255",
  ])("%s", (ip) => expect(isPublicAddress(ip)).toBe(true));
  test.each(["2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "2400:cb00:2048:1::6814:55"])("%s", (ip) =>
    expect(isPublicAddress(ip)).toBe(true),
  );
});

describe("everything else is not", () => {
  test.each([
    ["this machine", "127.0.0.1"],
    ["all of this machine", "127.255.255.254"],
    ["no address", "0.0.0.0"],
    ["a private network", "10.0.0.1"],
    ["a private network", "172.16.0.1"],
    ["a private network", "172.31.255.255"],
    ["a private network", "192.168.1.1"],
    ["a provider's own network", "100.64.0.1"],
    ["cloud metadata", "169.254.169.254"],
    ["cloud metadata of one vendor", "192.0.0.192"],
    ["benchmarks", "198.19.0.1"],
    ["documentation", "203.0.113.7"],
    ["multicast", "224.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["this machine, by IPv6", "::1"],
    ["no address, by IPv6", "::"],
    ["this machine in IPv6 clothes", "::ffff:127.0.0.1"],
    ["this machine in IPv6 clothes", "::ffff:7f00:1"],
    ["a public one in IPv6 clothes, which nobody needs", "::ffff:8.8.8.8"],
    ["link-local", "fe80::1"],
    ["unique local", "fd00:ec2::254"],
    ["6to4 around a private one", "2002:0a00:0001::1"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["NAT64 around this machine", "64:ff9b::7f00:1"],
    ["documentation, by IPv6", "2001:db8::1"],
    ["multicast, by IPv6", "ff02::1"],
    ["a name", "localhost"],
    ["nothing", ""],
    ["a short form that a parser would have read", "127.1"],
  ])("%s: %s", (_what, ip) => expect(isPublicAddress(ip)).toBe(false));
});

import { BlockList, isIP } from "node:net";

/**
 * IPv4 that is not the public internet: this machine, private and shared networks, link-local (cloud metadata among it),
 * documentation, multicast, reserved. https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const PRIVATE_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** Of IPv6 only 2000::/3 is given out, and of that not these: tunnels that hold an IPv4 address, and documentation. */
const GIVEN_OUT_V6 = "2000::/3";
const PRIVATE_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const privateV4 = listOf(PRIVATE_V4, "ipv4");
const givenOutV6 = listOf([GIVEN_OUT_V6], "ipv6");
const privateV6 = listOf(PRIVATE_V6, "ipv6");

/** Whether a client may make us connect to this IP address: only to what the whole internet can reach. */
export function isPublicAddress(ip: string): boolean {
  const version = isIP(ip);
  if (version === 4) return !privateV4.check(ip, "ipv4");
  return version === 6 && givenOutV6.check(ip, "ipv6") && !privateV6.check(ip, "ipv6");
}

function listOf(subnets: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net, bits] = subnet.split("/");
    list.addSubnet(net!, Number(bits), family);
  }
  return list;
}

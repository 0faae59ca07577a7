import { expect, test } from "bun:test";
import { hostsOf } from "./hosts.ts";

const isHost = hostsOf({ host: "gateway.internal", admin_hosts: ["Admin.example"] });

test.each([
  "localhost",
  "LOCALHOST:8787",
  "127.0.0.1:8787",
  "10.1.2.3",
  "[::1]:8787",
  "[fd00::1]",
  "gateway.internal:80",
  "admin.example",
  "ADMIN.EXAMPLE:443",
])("%s leads to the admin API", (field) => expect(isHost(field)).toBe(true));

test.each([
  "",
  "evil.example",
  "localhost.evil.example",
  "evil.localhost",
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.io:8787",
  "999.1.1.1",
  "admin.example.evil",
  "xadmin.example",
  "localhost, evil.example",
])("%p does not", (field) => expect(isHost(field)).toBe(false));

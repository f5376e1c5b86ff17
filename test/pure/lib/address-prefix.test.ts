import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressPrefix } from "../../../src/lib/address-prefix.ts";

const listed = { ipv4: 24, ipv6: 48 };
const counted = { ipv4: 32, ipv6: 64 };

describe("addressPrefix", () => {
  test.each([
    ["192.0.2.255", "192.0.2.0/24"],
    [" 203.0.113.77 ", "203.0.113.0/24"],
    ["2001:db8::1", "2001:db8:0::/48"],
    ["2001:0db8:0a0b:12f0:0:0:0:1", "2001:db8:a0b::/48"],
    ["fe80::", "fe80:0:0::/48"],
    ["::", "0:0:0::/48"],
    ["::1", "0:0:0::/48"],
    ["::ffff:198.51.100.4", "198.51.100.0/24"],
    ["::FFFF:c633:6404", "198.51.100.0/24"],
  ])("shortens %s to %s for the list of sessions", (address, prefix) => {
    expect(addressPrefix(address, listed)).toBe(prefix);
  });

  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0DB8:0a0b:12f0:1:2:3:4", "2001:db8:a0b:12f0::/64"],
  ])("shortens %s to %s for rate limits", (address, prefix) => {
    expect(addressPrefix(address, counted)).toBe(prefix);
  });

  test.each([
    "",
    "1.2.3",
    "0x7f.1",
    "192.0.2.256",
    "192.0.2.1, 198.51.100.1",
    "x::y",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "not an address",
    "1:".repeat(4_000),
  ])("returns undefined for %j", (address) => {
    expect(addressPrefix(address, listed)).toBeUndefined();
  });

  test("gives all addresses of one /64 the same prefix", () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.tuple(group, group, group, group).map((groups) => groups.join(":"));
    fc.assert(
      fc.property(half, half, half, (network, one, other) => {
        // 0:0:0:0:0:ffff::/96 holds the IPv4-mapped addresses.
        fc.pre(!/^0:0:0:0$/.test(network));
        const prefix = addressPrefix(`${network}:${one}`, counted);
        expect(prefix).toBe(`${network}::/64`);
        expect(addressPrefix(`${network}:${other}`.toUpperCase(), counted)).toBe(prefix);
      }),
    );
  });
});

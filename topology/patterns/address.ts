/** IP addresses as numbers, for `cidr` in event patterns. */

/** An address as a number, with its length in bits; undefined where the text is none. */
interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseIp(text: string): IpAddress | undefined {
  return text.includes(":") ? parseIpV6(text) : parseIpV4(text);
}

function parseIpV4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { bits: 32, value };
}

function parseIpV6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const groups = [...head, ...tail];
  if (halves.length === 1 ? groups.length !== 8 : groups.length > 7) return undefined;
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const zeros: string[] = Array.from({ length: 8 - groups.length }, () => "0");
  const all = halves.length === 1 ? groups : [...head, ...zeros, ...tail];
  return { bits: 128, value: all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}

/** Whether `text` is an address within `block` (`10.0.0.0/24`, `2001:db8::/32`). */
export function withinCidr(text: string, block: string): boolean {
  const [base = "", length = ""] = block.split("/");
  const network = parseIp(base);
  const address = parseIp(text);
  if (network === undefined || address === undefined || network.bits !== address.bits) return false;
  if (!/^\d{1,3}$/.test(length) || Number(length) > network.bits) return false;
  const shift = BigInt(network.bits - Number(length));
  return network.value >> shift === address.value >> shift;
}

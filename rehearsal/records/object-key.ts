/** Keys under which Lambda stores failure records in S3 (R30, R109). */
import { isoTime } from "../kernel/time.ts";
import type { World } from "../world.ts";

/** `PREFIX/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID`. */
export function objectKey(world: World, prefix: string): string {
  const time = isoTime(world.kernel.now).slice(0, 19);
  const day = time.slice(0, 10).replaceAll("-", "/");
  return `${prefix}/${day}/${time.replaceAll(":", ".")}-${world.random("objectKey").uuid()}`;
}

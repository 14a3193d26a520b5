/** Files that tests of constructs need, in temporary folders that are removed after the tests of the file. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, removed at the end. Its real path, since some systems keep temporary files behind a link. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-test-")));
  folders.push(folder);
  return folder;
}

let archive: string | undefined;

/** A ready zip file with a handler in it, so that no bundle has to be built to synthesize a function. */
export function zipFile(): string {
  if (archive === undefined) {
    archive = join(temporaryFolder(), "ready.zip");
    const code = new TextEncoder().encode("exports.handler = async () => undefined;\n");
    writeFileSync(archive, zipSync({ "index.js": code }, { mtime: new Date(1980, 0, 1) }));
  }
  return archive;
}

// TypeScript to CommonJS for jest, by the esbuild that the project has anyway: as fast as any transformer, and no
// further dependency. Source maps are inline, so that stack traces name the lines of the sources.
const { createHash } = require("node:crypto");
const esbuild = require("esbuild");

module.exports = {
  getCacheKey: (source, path) => createHash("sha256").update(`${esbuild.version}\0${path}\0${source}`).digest("hex"),
  process(source, path) {
    const { code } = esbuild.transformSync(source, {
      loader: "ts",
      format: "cjs",
      target: "node20",
      sourcefile: path,
      sourcemap: "inline",
    });
    return { code };
  },
};

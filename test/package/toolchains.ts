import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { devDependencies } = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** The version of a package that is tested everywhere else: the project gets it too. */
function version(name: string): string {
  const known = devDependencies[name];
  if (known === undefined) throw new Error(`package.json has no development dependency ${name}`);
  return known;
}

/** One way in which a project made by `cdktf init` runs its TypeScript. */
interface Toolchain {
  readonly name: string;
  /** What `cdktf.json` starts; cdktf-cli gives it to a shell as it stands. */
  readonly app: string;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** What jest's configuration has beside what both have. */
  readonly jest: Readonly<Record<string, unknown>>;
  /** `module` and `moduleResolution` that the compiler knows, and whether a CommonJS project may contain an ESM file. */
  readonly resolutions: readonly { readonly module: string; readonly resolution: string; readonly esm: boolean }[];
}

const every = {
  "@aws-sdk/client-sqs": version("@aws-sdk/client-sqs"),
  "@jest/globals": "^30.0.0",
  "@types/node": version("@types/node"),
  jest: version("jest"),
};

/**
 * The two toolchains that the documentation names. TypeScript 7 has neither the API that ts-node and ts-jest compile
 * with nor the old resolution, so the template's own packages belong to TypeScript 5.9.
 */
export const toolchains: readonly Toolchain[] = [
  {
    name: "tsx and TypeScript 7",
    app: "node --import tsx main.ts",
    devDependencies: {
      ...every,
      "@swc/core": "^1.16.22",
      "@swc/jest": "^0.2.39",
      tsx: version("tsx"),
      typescript: version("typescript"),
    },
    jest: { transform: { "\\.ts$": "@swc/jest" } },
    resolutions: [
      { module: "Node16", resolution: "Node16", esm: true },
      { module: "NodeNext", resolution: "NodeNext", esm: true },
      { module: "ESNext", resolution: "Bundler", esm: true },
    ],
  },
  {
    name: "ts-node and TypeScript 5.9",
    app: "npx ts-node main.ts",
    devDependencies: { ...every, "ts-jest": "^29.4.15", "ts-node": "^10.9.2", typescript: "~5.9.3" },
    jest: { preset: "ts-jest" },
    resolutions: [
      { module: "CommonJS", resolution: "Node10", esm: false },
      { module: "Node16", resolution: "Node16", esm: true },
      { module: "NodeNext", resolution: "NodeNext", esm: true },
      { module: "ESNext", resolution: "Bundler", esm: true },
    ],
  },
];

/** Makes the project, or changes its toolchain: what `npm install` then has to do is the difference. */
export function writeProject(folder: string, tarball: string, toolchain: Toolchain): void {
  cpSync(join(__dirname, "project"), folder, { recursive: true });
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  write("package.json", {
    name: "shop",
    version: "1.0.0",
    private: true,
    dependencies: {
      holdfast: `file:${tarball}`,
      cdktf: version("cdktf"),
      "@cdktf/provider-aws": version("@cdktf/provider-aws"),
      constructs: "10",
    },
    devDependencies: toolchain.devDependencies,
  });
  write("cdktf.json", { language: "typescript", app: toolchain.app, projectId: "shop", sendCrashReports: "false" });
  write("jest.config.json", {
    clearMocks: true,
    coverageProvider: "v8",
    moduleFileExtensions: ["ts", "js", "json", "node"],
    setupFilesAfterEnv: ["<rootDir>/setup.js"],
    testEnvironment: "node",
    testMatch: ["**/__tests__/**/*.ts", "**/?(*.)+(spec|test).ts"],
    testPathIgnorePatterns: ["/node_modules/", ".d.ts", ".js"],
    ...toolchain.jest,
  });
  for (const { module, resolution, esm } of toolchain.resolutions) {
    write(`tsconfig.${resolution}.json`, {
      extends: "./tsconfig.json",
      compilerOptions: {
        module,
        moduleResolution: resolution,
        skipLibCheck: false,
        noEmit: true,
        incremental: false,
        // TypeScript 7 takes in no types unasked, and then the declarations of the AWS SDK and of jest are full of errors.
        types: ["node"],
      },
      include: esm ? ["**/*.ts", "**/*.mts"] : ["**/*.ts"],
    });
  }
}

/** The command of the project's `cdktf.json`. */
export function appOf(folder: string): readonly string[] {
  const { app } = JSON.parse(readFileSync(join(folder, "cdktf.json"), "utf8")) as { app: string };
  return app.split(" ");
}

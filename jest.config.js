/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: { "\\.ts$": "<rootDir>/test/support/transform.cjs" },
  moduleNameMapper: {
    "^holdfast/modules$": "<rootDir>/modules/index.ts",
    "^holdfast/handlers$": "<rootDir>/handlers/patterns/index.ts",
    "^holdfast/rehearsal$": "<rootDir>/rehearsal/index.ts",
  },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/cdktf.out", "<rootDir>/test/e2e/node_modules"],
  coverageProvider: "v8",
};

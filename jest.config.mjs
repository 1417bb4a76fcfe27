/** The one Jest configuration. Specs stand beside the code they describe; end-to-end suites in tools/e2e. */
export default {
  testMatch: ['**/src/**/*.spec.ts', '**/tools/e2e/**/*.e2e.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  testEnvironmentOptions: { customExportConditions: ['@hookyard/source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['/dist/'],
  testTimeout: process.env.HOOKYARD_E2E_TARGET === 'cluster' ? 120_000 : 30_000,
};

import tseslint from 'typescript-eslint';

const restricted = (selector, message) => ({ selector, message });

const nothingHidden = [
  restricted("CallExpression[callee.name='forwardRef']", 'forwardRef is a sign of a wrong boundary.'),
  restricted("MemberExpression[object.name='process'][property.name='env']", 'Settings are read in libs/runtime and passed as typed values.'),
];

const noAmbient = [
  restricted("CallExpression[callee.object.name='Date'][callee.property.name='now']", 'Pure code is given the time.'),
  restricted("NewExpression[callee.name='Date'][arguments.length=0]", 'Pure code is given the time.'),
  restricted("CallExpression[callee.object.name='Math'][callee.property.name='random']", 'Pure code is given its randomness.'),
  restricted("CallExpression[callee.name='randomUUID']", 'Pure code is given its ids.'),
];

/** Layers `pure` in package.json; tools/check/boundaries.mjs proves that this list is complete. */
export const purePackages = ['event-schemas', 'event-sourcing', 'matching', 'signing', 'delivery', 'dialect', 'dialects/*'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/golden/**', '**/files/**', '**/*.generated.ts'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.lint.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'max-params': ['error', 4],
      'no-restricted-syntax': ['error', ...nothingHidden],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      eqeqeq: 'error',
    },
  },
  {
    files: purePackages.map((name) => `libs/${name}/src/**/*.ts`),
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...nothingHidden, ...noAmbient] },
  },
  {
    files: ['libs/runtime/src/**/*.ts', 'tools/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...nothingHidden.filter((rule) => !rule.selector.includes("'env'"))] },
  },
  {
    // A spec's describe block is one long function of small stories; what it asserts about fakes need not be typed to the last.
    files: ['**/*.spec.ts', '**/*.contract.ts', '**/testing.ts', '**/*harness.ts', 'tools/e2e/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // An end-to-end test looks into answers without declaring their shape.
    files: ['tools/e2e/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
);

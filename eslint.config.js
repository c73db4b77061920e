import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const forbiddenSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals, or a const object where values are needed.' },
  { selector: 'TSModuleDeclaration', message: 'A module is the only namespace.' },
]

const forbiddenModules = [
  { name: 'assert', message: 'Throw an InfrakitError.' },
  { name: 'node:assert', message: 'Throw an InfrakitError, or assert with tap.' },
  { name: 'zod/v3', message: "Import from 'zod'." },
]

const forbiddenPatterns = [
  { regex: '^@infrakit/[^/]+/(src|dist|test)(/|$)', message: 'Import what the package exports.' },
  { regex: '^(\\.\\./)+(packages|plugins|cli)/', message: 'Import a package by its name.' },
  {
    regex: '^(?!node:)(fs|path|os|net|http|https|url|util|events|stream|crypto|child_process|timers)(/|$)',
    message: "Write 'node:' before modules of Node.",
  },
]

/** Rules that need no types. */
const everywhere = {
  'max-lines': ['error', { max: 400 }],
  'no-restricted-syntax': ['error', ...forbiddenSyntax],
  'no-restricted-imports': ['error', { paths: forbiddenModules, patterns: forbiddenPatterns }],
  'no-cond-assign': 'error',
  'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
  'no-control-regex': 'error',
  'no-dupe-else-if': 'error',
  'no-empty': 'error',
  'no-unsafe-finally': 'error',
  'no-useless-escape': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'prefer-const': 'error',
  'object-shorthand': 'error',
  'no-else-return': 'error',
}

/** Rules that ask the compiler. */
const typed = {
  '@typescript-eslint/await-thenable': 'error',
  // A test that tap runs; tap itself waits for it.
  '@typescript-eslint/no-floating-promises': [
    'error',
    { allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }] },
  ],
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
}

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '**/.tap/', 'test/wire/recorded/', 'cli/templates/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.js'], rules: everywhere },
  // Standard output belongs to whoever started the process; what goes to standard error is logged.
  { files: ['packages/*/src/**', 'plugins/*/src/**'], rules: { 'no-console': 'error' } },
  { files: ['eslint.config.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...everywhere,
      ...typed,
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      // A type parameter that only a caller can know is what typed stubs are made of; `void` is what handlers promise.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // `_request`: an argument that stands there for those behind it.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
)

import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'native-toolchain/staged',
      'native-toolchain/downloads',
      'native-toolchain/bundle',
      'main/core/training/wasm/assembly',
    ],
  },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'prefer-const': 'error',
    },
  },
  {
    // These talk to a terminal; everything else reports through its return value, an event or an error.
    files: ['main/cli/**', 'native-toolchain/**', 'test/bench/**', 'test/run.mjs'],
    rules: { 'no-console': 'off' },
  },
);

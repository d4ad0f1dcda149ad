import grafana from '@grafana/eslint-config';

export default [
  { ignores: ['dist/', 'src/generated/'] },
  ...grafana,
  {
    files: ['src/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'react/prop-types': 'off',
    },
  },
];

/** Packages that have no other form than ES modules, which Jest has to be told to turn into its own. */
const ONLY_MODULES = ['@grafana', '@wojtekmaj', 'd3[a-z-]*', 'delaunator', 'get-user-locale', 'internmap', 'marked', 'memoize', 'mimic-function', 'ol', 'react-calendar', 'react-colorful', 'robust-predicates', 'rxjs', 'uuid'];

export default {
  testEnvironment: 'jsdom',
  testEnvironmentOptions: { url: 'http://localhost:3000/' },
  // A busy machine renders Grafana's components slowly.
  testTimeout: 60_000,
  roots: ['<rootDir>/src'],
  setupFilesAfterEnv: ['<rootDir>/src/testing/setup.ts'],
  // Jest reads no style sheets, and jsdom fetches no icons.
  moduleNameMapper: { '\\.css$': '<rootDir>/src/testing/nothing.ts', '^react-inlinesvg$': '<rootDir>/src/testing/nothing.ts' },
  transform: {
    '^.+\\.m?[tj]sx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`node_modules/(?!(.*/)?(${ONLY_MODULES.join('|')})/)`],
};

// Pure tests: no server, no child process. They run from the compiled files, so types are checked at each run.
export default {
  testEnvironment: 'node',
  transform: {},
  testMatch: ['<rootDir>/dist/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/', '\\.live\\.test\\.js$'],
};

// Tests on real parts: each starts its own servers on free ports and stops them. Never cached.
export default {
  testEnvironment: 'node',
  transform: {},
  testMatch: ['<rootDir>/dist/**/*.live.test.js'],
  testTimeout: 120_000,
  maxWorkers: 1,
};

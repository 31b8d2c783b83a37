// The pure tests of all packages at once, for a run in another time zone: without those that are slow and know no time.
export default {
  testEnvironment: 'node',
  transform: {},
  testMatch: ['<rootDir>/{apps,libs,tools}/*/dist/**/*.test.js'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '\\.live\\.test\\.js$',
    '/(fuzz|hostile|linear-time|task-table-scale|simulation|replay-disorder|exception-class)\\.test\\.js$',
  ],
};

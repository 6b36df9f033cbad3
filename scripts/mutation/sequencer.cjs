const Sequencer = require('@jest/test-sequencer').default;

/** Leaves of all test files those that `plugin.mjs` names for one mutant, in its order. */
module.exports = class extends Sequencer {
  sort(tests) {
    const names = process.env.MUTATION_TEST_FILES;
    if (!names) {
      return super.sort(tests);
    }
    const files = JSON.parse(names);
    return tests
      .filter(test => files.includes(test.path))
      .sort((a, b) => files.indexOf(a.path) - files.indexOf(b.path));
  }
};

/** The spellings of a name: `pact broker` → pact-broker, pactBroker, PactBroker. */
exports.spell = (name) => {
  const words = name.trim().toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  if (words.length === 0 || !/^[a-z]/.test(words[0])) throw new Error(`"${name}" is no name: begin with a letter, then letters, digits and dashes`);
  const pascal = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return { dashed: words.join('-'), snake: words.join('_'), camel: pascal[0].toLowerCase() + pascal.slice(1), pascal };
};

/** Runs what brings generated lists and references up to date, once the files are on disk. */
exports.sync = (tree) => () => {
  const { execFileSync } = require('node:child_process');
  for (const script of ['registries', 'references']) execFileSync(process.execPath, [`tools/check/${script}.mjs`], { cwd: tree.root, stdio: 'inherit' });
  console.log('Run "npm install" once, so that the new package is linked, then "npm run check".');
};

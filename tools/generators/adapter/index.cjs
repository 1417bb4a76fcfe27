const { join } = require('node:path');
const { generateFiles } = require('@nx/devkit');
const { spell, sync } = require('../names.cjs');

/** libs/adapter-<name>: a package whose only spec is the port's contract suite. It fails until the adapter keeps the promises. */
module.exports = async (tree, { name, port }) => {
  const names = spell(name);
  const folder = `libs/adapter-${names.dashed}`;
  if (tree.exists(`${folder}/package.json`)) throw new Error(`${folder} exists already`);
  generateFiles(tree, join(__dirname, 'files', port), folder, { ...names, portNames: spell(port), tmpl: '' });
  generateFiles(tree, join(__dirname, 'files/common'), folder, { ...names, portNames: spell(port), tmpl: '' });
  return sync(tree);
};
